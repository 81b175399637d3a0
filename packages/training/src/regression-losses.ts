// Losses of regressors, such as emotion dimensions, as graphs.
import { add, div, mean, mul, reshape, sub, type Value } from "@wav2vec/core";
import { reduceAll, type Reduction } from "./cross-entropy.js";

/** Mean (or sum) of the squared differences; a scalar. Both of any one shape. */
export function squaredError(predictions: Value, targets: Value, reduction: Reduction = "mean"): Value {
  const difference = sub(predictions, targets);
  return reduceAll(mul(difference, difference), reduction);
}

/**
 * 1 - concordance correlation, averaged over the dimensions: 0 when predictions equal targets, 1 when unrelated.
 *
 * @param predictions [rows, dimensions]; at least two rows that differ
 * @param targets [rows, dimensions]
 * @returns a scalar
 * @see Lin 1989, A concordance correlation coefficient to evaluate reproducibility
 */
export function concordanceLoss(predictions: Value, targets: Value): Value {
  const [centredX, centredY] = [predictions, targets].map((x) => sub(x, mean(x, [0]))) as [Value, Value]; // two in, two out
  const covariance = mean(mul(centredX, centredY), [0]); // [1, dimensions]
  const variances = add(mean(mul(centredX, centredX), [0]), mean(mul(centredY, centredY), [0]));
  const bias = sub(mean(predictions, [0]), mean(targets, [0]));
  const concordance = div(mul(covariance, 2), add(variances, mul(bias, bias)));
  return reshape(mean(sub(1, concordance), [1]), []);
}
