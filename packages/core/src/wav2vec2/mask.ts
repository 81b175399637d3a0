// Which positions of a padded batch are real.
import type { Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { cast, iota, less, mul, reshape, where } from "../graph/words.js";

/** Valid positions as bool [batch, length]: position < count. counts int32 [batch] */
export function validPositions(counts: Value, length: Dim): Value {
  return less(iota([1, length], 1), reshape(counts, [counts.shape[0]!, 1]));
}

/** Zeroes the padding of x [batch, frames, dim]. valid bool [batch, frames] */
export function zeroPadding(x: Value, valid: Value): Value {
  return mul(x, cast(reshape(valid, [...valid.shape, 1]), "float32"));
}

/** Attention bias [batch, 1, 1, frames]: 0 for real keys, so low for padding that its softmax weight is exactly 0. */
export function keyPaddingBias(valid: Value): Value {
  const [batch, frames] = valid.shape as readonly [Dim, Dim]; // made by validPositions
  return reshape(where(valid, 0, -1e9), [batch, 1, 1, frames]);
}
