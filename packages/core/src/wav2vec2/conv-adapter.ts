// Layers after the stack that shorten the frames (`add_adapter`): strided convolutions, with attention in w2v-BERT.
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, conv1d, reshape, transpose } from "../graph/words.js";
import { gatedLinearUnit } from "./activation.js";
import { dense, normalised, widthOf } from "./affine.js";
import { selfAttention } from "./attention.js";
import type { Activation, ConvAdapterConfig, Wav2Vec2Config } from "./config.js";
import { feedForward } from "./feed-forward.js";
import { convFrames } from "./frame-counts.js";
import { keyPaddingBias, validPositions, zeroPadding } from "./mask.js";

/**
 * Projects if the width changes, then halves the frames with each layer. Padding is zeroed before each convolution, so
 * that a clip gives the same frames in a batch as alone (HF does not).
 *
 * @param x [batch, frames, hiddenSize]
 * @param frameCounts int32 [batch] valid frames; absent if all are
 * @param scope of the checkpoint's `adapter`
 * @returns [batch, frames after strides, outputSize] and its frame counts
 * @see HF Wav2Vec2Adapter, Wav2Vec2BertAdapter
 */
export function convAdapter(
  x: Value,
  frameCounts: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  adapter: ConvAdapterConfig,
): { readonly output: Value; readonly frameCounts?: Value } {
  const eps = adapter.attentive ? config.layerNormEps : undefined; // HF passes layer_norm_eps in w2v-BERT only
  let output =
    adapter.outputSize === config.hiddenSize
      ? x
      : normalised(dense(x, scope.scope("proj"), adapter.outputSize), scope.scope("proj_layer_norm"), eps);
  let counts = frameCounts;
  for (let i = 0; i < adapter.layers; i++) {
    const layer = scope.scope(`layers.${i}`);
    const after = counts && convFrames(add(counts, 2), adapter.kernel, adapter.stride);
    output = adapter.attentive
      ? attentiveLayer(output, counts, after, layer, config, adapter.attentive, adapter)
      : shorten(output, counts, layer.scope("conv"), adapter);
    counts = after;
  }
  return counts ? { output, frameCounts: counts } : { output };
}

/** Strided convolution and gated linear unit; padding zeroed. x [batch, frames, width] -> [batch, fewer frames, width] */
function shorten(
  x: Value,
  counts: Value | undefined,
  scope: Scope,
  { kernel, stride }: ConvAdapterConfig,
): Value {
  const width = widthOf(x);
  const seen = counts ? zeroPadding(x, validPositions(counts, x.shape[1]!)) : x;
  const weight = scope.param("weight", [2 * width, width, kernel]);
  const y = conv1d(transpose(seen, [0, 2, 1]), weight, { stride, padding: [1, 1] }); // [batch, 2 * width, frames]
  const biased = add(y, reshape(scope.param("bias", [2 * width]), [2 * width, 1]));
  return transpose(gatedLinearUnit(biased, 1), [0, 2, 1]);
}

/** Both the residual and the attention's input are normed and shortened, each by a convolution of its own; then attention and feed-forward. */
function attentiveLayer(
  x: Value,
  before: Value | undefined,
  after: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  activation: Activation,
  adapter: ConvAdapterConfig,
): Value {
  const own = { ...config, hiddenSize: adapter.outputSize, activation };
  const norm = (value: Value, name: string) => normalised(value, scope.scope(name), config.layerNormEps);
  const shortened = (name: string) => shorten(norm(x, `${name}_layer_norm`), before, scope.scope(`${name}_conv`), adapter); // prettier-ignore
  const residual = shortened("residual");
  const input = shortened("self_attn");
  const padding = after && keyPaddingBias(validPositions(after, input.shape[1]!));
  const context = { config: own, distance: {}, ...(padding && { padding }) };
  const attended = add(selfAttention(input, scope.scope("self_attn"), context), residual);
  return add(attended, feedForward(norm(attended, "ffn_layer_norm"), scope.scope("ffn"), own, {}));
}
