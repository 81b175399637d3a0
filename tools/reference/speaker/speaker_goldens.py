"""Writes packages/tasks/speaker/src/fixtures/speaker.golden.json: calibration, s-norm and clustering of random voices.

Needs numpy, scipy, scikit-learn:  python tools/reference/speaker/speaker_goldens.py
"""

import json
from pathlib import Path

import numpy
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.linear_model import LogisticRegression

random = numpy.random.default_rng(11)


def calibration(scores, target) -> dict:
    """Platt's soft targets as two weighted copies of every trial; both kinds of trials weigh one half."""
    positive, negative = target.sum(), (~target).sum()
    goal = numpy.where(target, (positive + 1) / (positive + 2), 1 / (negative + 2))
    weight = numpy.where(target, 0.5 / positive, 0.5 / negative)
    model = LogisticRegression(C=numpy.inf, tol=1e-13, max_iter=10_000, solver="newton-cholesky")
    model.fit(
        numpy.concatenate([scores, scores])[:, None],
        numpy.repeat([1, 0], len(scores)),
        sample_weight=numpy.concatenate([goal * weight, (1 - goal) * weight]) * 1000,
    )
    return {
        "scores": scores.tolist(),
        "target": target.tolist(),
        "scale": model.coef_[0, 0],
        "offset": model.intercept_[0],
    }


def overlapping() -> dict:
    target = numpy.arange(120) < 40
    return calibration(numpy.round(numpy.where(target, random.normal(0.6, 0.15, 120), random.normal(0.3, 0.15, 120)), 3), target)


def apart() -> dict:
    target = numpy.arange(30) < 12
    return calibration(numpy.round(numpy.where(target, random.uniform(0.7, 0.9, 30), random.uniform(0.1, 0.3, 30)), 3), target)


def cosine(a, b) -> float:
    return float(a @ b / numpy.linalg.norm(a) / numpy.linalg.norm(b))


def score_norm() -> dict:
    a, b = random.normal(size=(2, 6)).astype(numpy.float32)
    cohort = random.normal(size=(20, 6)).astype(numpy.float32)

    def normalised(top: int) -> float:
        def side(x):
            scores = numpy.sort([cosine(x, c) for c in cohort])[::-1][:top]
            return (cosine(a, b) - scores.mean()) / scores.std()

        return (side(a) + side(b)) / 2

    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "cohort": cohort.tolist(),
        "all": normalised(20),
        "top5": normalised(5),
    }


def clusters() -> dict:
    """Forty voices around five directions."""
    centres = random.normal(size=(5, 8))
    voices = (centres[random.integers(0, 5, 40)] + 0.9 * random.normal(size=(40, 8))).astype(numpy.float32)
    tree = linkage(voices.astype(numpy.float64), method="average", metric="cosine")
    return {
        "voices": voices.tolist(),
        "counts": {str(k): fcluster(tree, k, "maxclust").tolist() for k in (1, 2, 5, 11, 40)},
        "thresholds": {str(t): fcluster(tree, 1 - t, "distance").tolist() for t in (0.75, 0.4, 0.05, -0.5)},
    }


golden = {"overlapping": overlapping(), "apart": apart(), "scoreNorm": score_norm(), "clusters": clusters()}
path = Path(__file__).parents[3] / "packages/tasks/speaker/src/fixtures/speaker.golden.json"
path.write_text(json.dumps(golden, default=float) + "\n")
print(path, path.stat().st_size, "bytes")
