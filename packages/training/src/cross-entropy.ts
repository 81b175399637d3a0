// Losses of classifiers, as graphs.
import {
  abs,
  add,
  cast,
  div,
  equal,
  exp,
  expand,
  iota,
  less,
  log,
  logSoftmax,
  maximum,
  mean,
  mul,
  neg,
  not,
  reshape,
  sub,
  sum,
  type Dim,
  type Value,
} from "@wav2vec/core";

/** How the losses of rows become one number. */
export type Reduction = "mean" | "sum";

export interface CrossEntropyOptions {
  /** `mean` (default) is over the rows that have a label. */
  readonly reduction?: Reduction;
  /** Share of the target that is spread evenly over all classes; default 0. */
  readonly smoothing?: number;
}

/**
 * Cross-entropy of a softmax. Rows with a negative label, such as -100, do not count.
 *
 * @param logits [rows, classes]
 * @param labels int32 [rows]
 * @returns a scalar
 * @see torch.nn.functional.cross_entropy
 */
export function crossEntropy(
  logits: Value,
  labels: Value,
  { reduction = "mean", smoothing = 0 }: CrossEntropyOptions = {},
): Value {
  const logProbabilities = logSoftmax(logits);
  const ofLabel = sum(mul(logProbabilities, oneHot(labels, logits.shape[1]!)), [1]); // [rows, 1]
  const smoothed =
    smoothing === 0 ? ofLabel : add(mul(ofLabel, 1 - smoothing), mul(mean(logProbabilities, [1]), smoothing));
  const counts = cast(not(less(reshape(labels, [labels.shape[0]!, 1]), 0)), "float32");
  const total = neg(sum(mul(smoothed, counts), [0]));
  return reshape(reduction === "sum" ? total : div(total, maximum(sum(counts, [0]), 1)), []);
}

/**
 * Cross-entropy of independent yes-or-no decisions.
 *
 * @param logits any shape
 * @param targets the same shape, 0 to 1
 * @returns a scalar; `mean` is over all elements
 * @see torch.nn.functional.binary_cross_entropy_with_logits
 */
export function binaryCrossEntropy(logits: Value, targets: Value, reduction: Reduction = "mean"): Value {
  // -t log s(x) - (1 - t) log(1 - s(x)) = max(x, 0) - x t + log(1 + exp(-|x|)), which never overflows
  const rest = log(add(exp(neg(abs(logits))), 1));
  return reduceAll(add(sub(maximum(logits, 0), mul(logits, targets)), rest), reduction);
}

/** float32 [rows, classes]: 1 at the label of each row; a negative label gives zeros. labels int32 [rows] */
export function oneHot(labels: Value, classes: Dim): Value {
  const shape = [labels.shape[0]!, classes];
  return cast(equal(iota(shape, 1), expand(reshape(labels, [shape[0]!, 1]), shape)), "float32");
}

/** All elements to one scalar. */
export function reduceAll(x: Value, reduction: Reduction): Value {
  const axes = x.shape.map((_, axis) => axis);
  return reshape(reduction === "sum" ? sum(x, axes) : mean(x, axes), []);
}
