// Convolutions after the Transformer that shorten the frames (`add_adapter`).
import { layerNorm, linear, sigmoid } from "../graph/composites.js";
import type { Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, conv1d, mul, reshape, slice, transpose } from "../graph/words.js";
import type { ConvAdapterConfig, Wav2Vec2Config } from "./config.js";
import { convFrames } from "./frame-counts.js";
import { validPositions, zeroPadding } from "./mask.js";

/**
 * Projects if the width changes, then halves the frames with each strided convolution and gated linear unit.
 * Padding is zeroed before each, so that a clip gives the same frames in a batch as alone (HF does not).
 *
 * @param x [batch, frames, hiddenSize]
 * @param frameCounts int32 [batch] valid frames; absent if all are
 * @returns [batch, frames after strides, outputSize] and its frame counts
 * @see HF Wav2Vec2Adapter
 */
export function convAdapter(
  x: Value,
  frameCounts: Value | undefined,
  scope: Scope,
  { hiddenSize }: Wav2Vec2Config,
  { layers, kernel, stride, outputSize }: ConvAdapterConfig,
): { readonly output: Value; readonly frameCounts?: Value } {
  let output = outputSize === hiddenSize ? x : project(x, scope, hiddenSize, outputSize);
  let counts = frameCounts;
  for (let i = 0; i < layers; i++) {
    const conv = scope.scope(`layers.${i}.conv`);
    if (counts) output = zeroPadding(output, validPositions(counts, output.shape[1]!));
    const weight = conv.param("weight", [2 * outputSize, outputSize, kernel]);
    const y = conv1d(transpose(output, [0, 2, 1]), weight, { stride, padding: [1, 1] }); // [batch, 2 * outputSize, frames]
    output = transpose(
      gatedLinearUnit(add(y, reshape(conv.param("bias", [2 * outputSize]), [2 * outputSize, 1]))),
      [0, 2, 1],
    );
    if (counts) counts = convFrames(add(counts, 2), kernel, stride);
  }
  return counts ? { output, frameCounts: counts } : { output };
}

function project(x: Value, scope: Scope, from: number, to: number): Value {
  const proj = scope.scope("proj");
  const norm = scope.scope("proj_layer_norm");
  return layerNorm(
    linear(x, proj.param("weight", [to, from]), proj.param("bias", [to])),
    norm.param("weight", [to]),
    norm.param("bias", [to]),
  );
}

/** First half of the channels times the sigmoid of the second. x [batch, 2 * dim, frames] */
function gatedLinearUnit(x: Value): Value {
  const [, channels] = x.shape as readonly [Dim, number, Dim]; // made by conv1d from a known width
  return mul(slice(x, 1, 0, channels / 2), sigmoid(slice(x, 1, channels / 2, channels)));
}
