// Convolutions after the Transformer that shorten the frames (`add_adapter`).
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, conv1d, reshape, transpose } from "../graph/words.js";
import { gatedLinearUnit } from "./activation.js";
import { dense, normalised } from "./affine.js";
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
  let output =
    outputSize === hiddenSize
      ? x
      : normalised(dense(x, scope.scope("proj"), outputSize), scope.scope("proj_layer_norm"));
  let counts = frameCounts;
  for (let i = 0; i < layers; i++) {
    const conv = scope.scope(`layers.${i}.conv`);
    if (counts) output = zeroPadding(output, validPositions(counts, output.shape[1]!));
    const weight = conv.param("weight", [2 * outputSize, outputSize, kernel]);
    const y = conv1d(transpose(output, [0, 2, 1]), weight, { stride, padding: [1, 1] }); // [batch, 2 * outputSize, frames]
    output = transpose(
      gatedLinearUnit(add(y, reshape(conv.param("bias", [2 * outputSize]), [2 * outputSize, 1])), 1),
      [0, 2, 1],
    );
    if (counts) counts = convFrames(add(counts, 2), kernel, stride);
  }
  return counts ? { output, frameCounts: counts } : { output };
}
