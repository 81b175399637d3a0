"""Writes packages/metrics/src/fixtures/metrics.golden.json: what scikit-learn, pyannote.metrics, audmetric and scipy measure.

Needs numpy, scipy, scikit-learn, pyannote.metrics 4, audmetric:  python tools/reference/metrics/metric_goldens.py
"""

import json
import warnings
from pathlib import Path

import audmetric
import numpy
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate
from scipy.optimize import brentq
from scipy.stats import bootstrap, norm
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")
random = numpy.random.default_rng(7)


def classification() -> dict:
    """Four classes of different sizes; one is never predicted."""
    labels = ["calm", "glad", "mad", "sad"]
    reference = random.choice(labels, 80, p=[0.4, 0.3, 0.2, 0.1])
    predicted = numpy.where(random.random(80) < 0.6, reference, random.choice(labels[:3], 80))
    predicted = numpy.where(predicted == "sad", "mad", predicted)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        reference, predicted, labels=labels, zero_division=0
    )
    return {
        "reference": reference.tolist(),
        "predicted": predicted.tolist(),
        "labels": labels,
        "counts": metrics.confusion_matrix(reference, predicted, labels=labels).tolist(),
        "accuracy": metrics.accuracy_score(reference, predicted),
        "macroF1": metrics.f1_score(reference, predicted, average="macro", zero_division=0),
        "unweightedAverageRecall": audmetric.unweighted_average_recall(reference, predicted),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
    }


def detection() -> dict:
    """Overlapping scores with ties (two decimals), fewer targets than others."""
    target = numpy.concatenate([numpy.ones(60), numpy.zeros(140)]).astype(bool)
    scores = numpy.round(numpy.where(target, random.normal(1.2, 1, 200), random.normal(-0.5, 1, 200)), 2)
    false_alarm, hit, thresholds = metrics.roc_curve(target, scores, drop_intermediate=False)
    rate = brentq(lambda x: 1 - x - numpy.interp(x, false_alarm, hit), 0, 1, xtol=1e-14)

    def cost(prior: float, miss: float, alarm: float) -> dict:
        costs = miss * prior * (1 - hit) + alarm * (1 - prior) * false_alarm
        return {
            "targetPrior": prior,
            "missCost": miss,
            "falseAlarmCost": alarm,
            "cost": costs.min() / min(miss * prior, alarm * (1 - prior)),
        }

    ratio = 2.5 * scores - 1
    return {
        "scores": scores.tolist(),
        "target": target.tolist(),
        "equalErrorRate": rate,
        "areaUnderCurve": metrics.roc_auc_score(target, scores),
        "missRates": (1 - hit).tolist(),
        "falseAlarmRates": false_alarm.tolist(),
        "thresholds": [str(t) for t in thresholds],
        "minimumCosts": [cost(0.01, 1, 1), cost(0.05, 1, 1), cost(0.5, 10, 1)],
        # Cllr is the cross entropy of both kinds of trials, each weighing one half, in bits
        "logLikelihoodRatioCost": metrics.log_loss(
            target, 1 / (1 + numpy.exp(-ratio)), sample_weight=numpy.where(target, 1 / 60, 1 / 140)
        )
        / numpy.log(2),
    }


def reliability() -> dict:
    confidence = random.uniform(0.02, 1, 300)
    correct = random.random(300) < confidence**1.5
    cases = []
    for count in (5, 15):
        accuracy, mean = calibration_curve(correct, confidence, n_bins=count)
        size = numpy.histogram(confidence, numpy.linspace(0, 1, count + 1))[0]
        gaps = numpy.abs(accuracy - mean)
        cases.append(
            {"binCount": count, "expected": (gaps * size[size > 0]).sum() / 300, "maximum": gaps.max()}
        )
    return {"confidence": confidence.tolist(), "correct": correct.tolist(), "cases": cases}


def concordance() -> dict:
    reference = random.uniform(0, 1, 50)
    predicted = 0.7 * reference + 0.1 + random.normal(0, 0.08, 50)
    return {
        "reference": reference.tolist(),
        "predicted": predicted.tolist(),
        "concordance": audmetric.concordance_cc(reference, predicted),
        "pearson": audmetric.pearson_cc(reference, predicted),
    }


def turns(count: int, speakers: str) -> list:
    starts = numpy.sort(random.uniform(0, 50, count))
    return [
        [round(float(start), 2), round(float(start + random.uniform(0.5, 7)), 2), str(random.choice(list(speakers)))]
        for start in starts
    ]


def annotation(rows: list) -> Annotation:
    result = Annotation()
    for track, (start, end, speaker) in enumerate(rows):
        result[Segment(start, end), track] = speaker
    # A speaker who is in two turns at once is still one speaker.
    return Annotation.from_records(result.support().itertracks(yield_label=True))


def diarization() -> list:
    """Random turns with much overlap, scored in every way; three recordings, one with more speakers found than real."""
    cases = []
    for real, found in (("abc", "xyz"), ("ab", "wxyz"), ("abcd", "xy")):
        reference, hypothesis = turns(14, real), turns(12, found)
        for collar, skip, scored in ((0, False, None), (0.25, False, None), (0.25, True, None), (0, False, [[5, 20], [30, 41.5]])):
            # md-eval's collar lies on each side of a boundary, pyannote's is the sum of both sides
            metric = DiarizationErrorRate(collar=2 * collar, skip_overlap=skip)
            uem = None if scored is None else Timeline([Segment(*span) for span in scored])
            parts = metric(annotation(reference), annotation(hypothesis), uem=uem, detailed=True)
            cases.append(
                {
                    "reference": reference,
                    "hypothesis": hypothesis,
                    "collar": collar,
                    "skipOverlap": skip,
                    "scored": scored,
                    "missed": parts["missed detection"],
                    "falseAlarm": parts["false alarm"],
                    "confusion": parts["confusion"],
                    "total": parts["total"],
                    "rate": parts["diarization error rate"],
                }
            )
    return cases


def intervals() -> dict:
    values = random.exponential(1, 40)
    result = bootstrap((values,), numpy.mean, n_resamples=200_000, method="percentile", random_state=1)
    return {
        "values": values.tolist(),
        "mean": values.mean(),
        "low": result.confidence_interval.low,
        "high": result.confidence_interval.high,
    }


golden = {
    "classification": classification(),
    "detection": detection(),
    "reliability": reliability(),
    "concordance": concordance(),
    "diarization": diarization(),
    "bootstrap": intervals(),
    "normalQuantile": [[p, norm.ppf(p)] for p in (1e-9, 1e-4, 0.0013, 0.01, 0.3, 0.5, 0.77, 0.999)],
}
path = Path(__file__).parents[3] / "packages/metrics/src/fixtures/metrics.golden.json"
path.write_text(json.dumps(golden, default=float) + "\n")
print(path, path.stat().st_size, "bytes")
