// From frames to one vector a clip. Padding frames never count.
import { softmax } from "../../graph/composites.js";
import { sameDim, type Dim } from "../../graph/dim.js";
import type { Value } from "../../graph/graph.js";
import type { Scope } from "../../graph/scope.js";
import {
  add,
  cast,
  concat,
  constant,
  div,
  matMul,
  maximum,
  mul,
  reshape,
  sqrt,
  sub,
  sum,
  tanh,
  transpose,
} from "../../graph/words.js";
import { dense } from "../affine.js";
import type { Features } from "../encoder.js";
import { keyPaddingBias, validPositions, zeroPadding } from "../mask.js";

/**
 * Mean over the frames of each clip.
 *
 * @param x [batch, frames, dim]
 * @param frameCounts int32 [batch]; absent if all frames count
 * @returns [batch, dim]
 */
export function maskedMean(x: Value, frameCounts: Value | undefined): Value {
  const [batch, , dim] = axes(x);
  return reshape(div(sum(withoutPadding(x, frameCounts), [1]), countOf(x, frameCounts)), [batch, dim]);
}

/**
 * Features with one frame, the mean of all. A head that is linear up to its mean over frames may take them in place of
 * the frames: the result is the same, the work a fraction, and one row a clip is all that training on a frozen encoder
 * needs to keep. States that a convolutional adapter gave other frames stay as they are.
 */
export function meanFeatures({ hidden, last, frameCounts }: Features): Features {
  const meanOf = (x: Value) => {
    const [batch, , dim] = axes(x);
    return reshape(maskedMean(x, frameCounts), [batch, 1, dim]);
  };
  const hasOwnFrames = (x: Value) => !sameDim(x.shape[1]!, last.shape[1]!);
  return { hidden: hidden.map((x) => (hasOwnFrames(x) ? x : meanOf(x))), last: meanOf(last) };
}

/**
 * Mean and standard deviation over the frames of each clip; the variance divides by count - 1.
 *
 * @returns [batch, 2 * dim]
 * @see Snyder et al. 2018 (x-vectors)
 */
export function statisticsPooling(x: Value, frameCounts: Value | undefined): Value {
  const [batch, , dim] = axes(x);
  const count = countOf(x, frameCounts);
  const average = div(sum(withoutPadding(x, frameCounts), [1]), count); // [batch, 1, dim]
  const centred = withoutPadding(sub(x, average), frameCounts);
  const variance = div(sum(mul(centred, centred), [1]), maximum(sub(count, 1), 1));
  // Where all frames are alike, the slope of the root would be infinite; as in torch's std it is 0.
  const deviation = sqrt(maximum(variance, 1e-14));
  return reshape(concat([average, deviation], 2), [batch, 2 * dim]);
}

/**
 * Mean over the frames of each clip, weighed by what a small network thinks of each: softmax over time of
 * v · tanh(W x + b). Parameters `hidden.weight` [width, dim], `hidden.bias`, `score.weight` [1, width], `score.bias`.
 *
 * @returns [batch, dim]
 * @see Lin et al. 2017; Okabe et al. 2018
 */
export function attentivePooling(x: Value, frameCounts: Value | undefined, scope: Scope, width = 128): Value {
  const [batch, frames, dim] = axes(x);
  const scores = dense(tanh(dense(x, scope.scope("hidden"), width)), scope.scope("score"), 1); // [batch, frames, 1]
  const row = transpose(scores, [0, 2, 1]); // [batch, 1, frames]
  const padding =
    frameCounts && reshape(keyPaddingBias(validPositions(frameCounts, frames)), [batch, 1, frames]);
  return reshape(matMul(softmax(padding ? add(row, padding) : row), x), [batch, dim]);
}

function withoutPadding(x: Value, frameCounts: Value | undefined): Value {
  return frameCounts ? zeroPadding(x, validPositions(frameCounts, x.shape[1]!)) : x;
}

/** Valid frames as float32 [batch or 1, 1, 1] */
function countOf(x: Value, frameCounts: Value | undefined): Value {
  const [batch, frames] = axes(x);
  return frameCounts ? cast(reshape(frameCounts, [batch, 1, 1]), "float32") : constant(frames, [1, 1, 1]);
}

function axes(x: Value): readonly [batch: Dim, frames: Dim, dim: number] {
  return x.shape as unknown as readonly [Dim, Dim, number]; // states of an encoder
}
