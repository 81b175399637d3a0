// How good a classifier is, by what it learns: accuracy, macro-F1 and UAR of classes, EER of voices, CCC of values.
import {
  classificationScores,
  concordanceCorrelation,
  confusionMatrix,
  equalErrorRate,
  type Trial,
} from "@wav2vec/metrics";
import type { ClassificationConfig } from "../config/classification-config.js";
import type { Judged } from "./classification-step.js";
import type { Target } from "./objectives.js";

/** A score to select by, lower is better, and everything that was measured. */
export interface Measured {
  readonly score: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a part of the data shows: its right answers, and where each clip is from. */
export interface RightAnswers {
  readonly targets: readonly Target[];
  readonly classes: readonly string[];
  readonly sources: readonly string[];
}

/** Measures what a target asks for. */
export function measure(
  judged: Judged,
  { targets, classes, sources }: RightAnswers,
  target: ClassificationConfig["target"],
  labels: readonly string[],
): Measured {
  if (target.kind === "class" && target.openSet) return measurePairs(judged.embeddings, classes, sources);
  if (target.kind === "labels") return measureLabels(judged, targets, labels);
  if (target.kind === "values") return measureValues(judged, targets, labels);
  return measureClasses(judged, targets, labels);
}

/** Equal scores are told apart by the loss. */
const selected = (error: number, loss: number) => error + 1e-6 * Math.min(loss, 1000);

/** Of classes: the best-scored label of each clip, or of each frame, against the right one. */
function measureClasses(judged: Judged, targets: readonly Target[], labels: readonly string[]): Measured {
  const reference: string[] = [];
  const predicted: string[] = [];
  targets.forEach((target, clip) =>
    target.forEach((label, frame) => {
      if (label < 0) return;
      const scores = judged.scores[clip]!.subarray(frame * labels.length, (frame + 1) * labels.length);
      reference.push(labels[label]!); // targets are labels
      predicted.push(labels[best(scores)]!); // as many scores as labels
    }),
  );
  const { accuracy, macroF1, unweightedAverageRecall: uar } = classificationScores(confusionMatrix(reference, predicted, { labels })); // prettier-ignore
  return {
    score: selected(1 - accuracy, judged.loss),
    metrics: { accuracy, macroF1, uar, loss: judged.loss },
  };
}

/** Of labels that may be there or not: F1 of each label, averaged, and how many clips have all of them right. */
function measureLabels(judged: Judged, targets: readonly Target[], labels: readonly string[]): Measured {
  const f1 = labels.map((_, label) => {
    let [both, said, there] = [0, 0, 0];
    targets.forEach((target, clip) => {
      const [is, isSaid] = [target[label]! > 0.5, judged.scores[clip]![label]! > 0]; // a logit above 0 is a yes
      both += Number(is && isSaid);
      said += Number(isSaid);
      there += Number(is);
    });
    return said + there === 0 ? 1 : (2 * both) / (said + there);
  });
  const right = targets.filter((target, clip) =>
    target.every((value, label) => value > 0.5 === judged.scores[clip]![label]! > 0),
  ).length;
  const macroF1 = f1.reduce((sum, value) => sum + value, 0) / labels.length;
  const metrics = { macroF1, exact: right / targets.length, loss: judged.loss };
  return { score: selected(1 - macroF1, judged.loss), metrics };
}

/** Of values: concordance of each dimension, averaged, and the root of the mean squared error. */
function measureValues(judged: Judged, targets: readonly Target[], labels: readonly string[]): Measured {
  const column = (rows: readonly ArrayLike<number>[], i: number) => rows.map((row) => row[i]!); // one for each label
  const each = labels.map((_, i) => concordanceCorrelation(column(targets, i), column(judged.scores, i)));
  let squares = 0;
  targets.forEach((target, clip) =>
    target.forEach((value, i) => (squares += (value - judged.scores[clip]![i]!) ** 2)),
  );
  const ccc = each.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0) / labels.length;
  const named =
    labels.length > 1 ? Object.fromEntries(labels.map((label, i) => [`ccc.${label}`, each[i]!])) : {};
  const metrics = {
    ccc,
    rmse: Math.sqrt(squares / (targets.length * labels.length)),
    ...named,
    loss: judged.loss,
  };
  return { score: selected(1 - ccc, judged.loss), metrics };
}

/**
 * Of embeddings of classes that were not trained on: the equal error rate of all pairs of clips by cosine.
 *
 * @param classes of each clip
 * @param within pairs are made within each of these only, such as a data set; default all are one
 */
function measurePairs(
  embeddings: readonly ArrayLike<number>[],
  classes: readonly string[],
  within: readonly string[] = classes.map(() => ""),
): Measured {
  const unit = embeddings.map((row) => {
    const values = Float64Array.from(row);
    const length = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0)) || 1;
    return values.map((x) => x / length);
  });
  const trials: Trial[] = [];
  unit.forEach((a, i) =>
    unit.slice(0, i).forEach((b, j) => {
      if (within[i] !== within[j]) return;
      trials.push({ score: a.reduce((sum, x, k) => sum + x * b[k]!, 0), target: classes[i] === classes[j] });
    }),
  );
  const { rate } = equalErrorRate(trials);
  return { score: rate, metrics: { eer: rate, trials: trials.length } };
}

function best(scores: Float32Array): number {
  let at = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[at]!) at = i;
  return at;
}
