// Conformer layers: half a feed-forward, attention, convolution, half a feed-forward.
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, conv1d, mul, reshape, transpose } from "../graph/words.js";
import { linear } from "../graph/composites.js";
import { activations, gatedLinearUnit } from "./activation.js";
import { batchNormalised, normalised } from "./affine.js";
import { selfAttention } from "./attention.js";
import type { ConformerConfig } from "./config-variants.js";
import { feedForward } from "./feed-forward.js";
import { zeroPadding } from "./mask.js";
import { changed } from "./training-hooks.js";
import type { LayerContext } from "./transformer.js";

const BLOCK_NORM_EPS = 1e-5; // HF passes layer_norm_eps in w2v-BERT only

/** @see Gulati et al. 2020; HF Wav2Vec2ConformerEncoderLayer, Wav2Vec2BertEncoderLayer */
export function conformerLayer(x: Value, scope: Scope, context: LayerContext, block: ConformerConfig): Value {
  const { config, hooks } = context;
  const eps = block.causal ? config.layerNormEps : BLOCK_NORM_EPS;
  const norm = (value: Value, name: string) => normalised(value, scope.scope(name), eps);
  const half = (value: Value, name: string) => {
    const fed = feedForward(norm(value, `${name}_layer_norm`), scope.scope(name), config, hooks);
    return add(value, mul(changed(fed, hooks.branch), 0.5));
  };
  const first = half(x, "ffn1");
  const attended = selfAttention(norm(first, "self_attn_layer_norm"), scope.scope("self_attn"), context);
  const second = add(first, changed(attended, hooks.branch));
  const mixed = convolutionModule(second, scope.scope("conv_module"), context, block, eps);
  const third = add(second, changed(mixed, hooks.branch));
  return norm(half(third, "ffn2"), "final_layer_norm");
}

/** Norm, gate, one filter a channel over time, norm, activation, mix. Padding is zeroed before the filter (HF: in w2v-BERT only). */
function convolutionModule(
  x: Value,
  scope: Scope,
  { config, valid }: LayerContext,
  { kernel, causal }: ConformerConfig,
  eps: number,
): Value {
  const { hiddenSize } = config;
  const pointwise = (value: Value, name: string, from: number, to: number) =>
    linear(value, reshape(scope.scope(name).param("weight", [to, from, 1]), [to, from]));
  const normal = normalised(x, scope.scope("layer_norm"), eps);
  const gated = gatedLinearUnit(pointwise(normal, "pointwise_conv1", hiddenSize, 2 * hiddenSize), 2);
  const seen = valid ? zeroPadding(gated, valid) : gated;
  const filtered = conv1d(
    transpose(seen, [0, 2, 1]),
    scope.scope("depthwise_conv").param("weight", [hiddenSize, 1, kernel]),
    { groups: hiddenSize, padding: causal ? [kernel - 1, 0] : [(kernel - 1) / 2, (kernel - 1) / 2] },
  );
  const frames = transpose(filtered, [0, 2, 1]); // [batch, frames, hiddenSize]
  const steady = causal
    ? normalised(frames, scope.scope("depthwise_layer_norm"), eps)
    : batchNormalised(frames, scope.scope("batch_norm"));
  return pointwise(activations[config.activation](steady), "pointwise_conv2", hiddenSize, hiddenSize);
}
