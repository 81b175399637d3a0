// A config for weights that come with none (torchaudio's, or a bare file): everything that shapes can tell.
import type { Weights } from "@wav2vec/core";
import { headFields } from "./head-fields.js";

/** Strides follow from the kernels in every published wav2vec 2.0. */
const KERNELS = [10, 3, 3, 3, 3, 2, 2];
const STRIDES = [5, 2, 2, 2, 2, 2, 2];
/** Widths whose heads are not 64 wide: XLS-R 1B and 2B, Omnilingual. */
const SIXTEEN_HEADS: ReadonlySet<number> = new Set([1280, 1920, 2048]);

/** A synthesised config and what had to be assumed for it. */
export interface ShapedConfig {
  readonly config: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/**
 * Derives a Hugging Face config from parameter shapes.
 *
 * @param weights under Hugging Face names, both spellings of weight norm
 * @returns undefined if the weights are not a wav2vec 2.0 encoder of the usual seven convolutions
 */
export function configFromShapes(weights: Weights): ShapedConfig | undefined {
  const shape = (key: string) => weights.get(key)?.shape;
  const convs = KERNELS.map((_, i) => shape(`feature_extractor.conv_layers.${i}.conv.weight`));
  const projection = shape("feature_projection.projection.weight");
  const positional = shape("encoder.pos_conv_embed.conv.weight");
  const feedForward = shape("encoder.layers.0.feed_forward.intermediate_dense.weight");
  if (!projection || !positional || !feedForward || convs.some((conv, i) => conv?.[2] !== KERNELS[i]))
    return undefined;
  const hidden = projection[0]!;
  const layerNorm = weights.has("feature_extractor.conv_layers.1.layer_norm.weight");
  const heads = headCount(hidden);
  const config = {
    model_type: "wav2vec2",
    feat_extract_norm: layerNorm ? "layer" : "group",
    feat_extract_activation: "gelu",
    conv_dim: convs.map((conv) => conv?.[0]),
    conv_kernel: KERNELS,
    conv_stride: STRIDES,
    conv_bias: weights.has("feature_extractor.conv_layers.0.conv.bias"),
    num_feat_extract_layers: KERNELS.length,
    num_conv_pos_embeddings: positional[2],
    num_conv_pos_embedding_groups: hidden / positional[1]!,
    hidden_size: hidden,
    num_hidden_layers: layerCount(weights),
    num_attention_heads: heads,
    intermediate_size: feedForward[0],
    hidden_act: "gelu",
    do_stable_layer_norm: layerNorm, // the two go together in every published model
    layer_norm_eps: 1e-5,
    pad_token_id: 0,
    bos_token_id: 1,
    eos_token_id: 2,
    ...headFields(weights),
  };
  return {
    config,
    notes: [
      `no config.json: sizes are taken from the weights; assumed ${heads} attention heads and ${layerNorm ? "pre" : "post"}-norm layers`,
    ],
  };
}

function layerCount(weights: Weights): number {
  let count = 0;
  while (weights.has(`encoder.layers.${count}.layer_norm.weight`)) count++;
  return count;
}

/** The shapes do not tell: published models have heads of 64, or 16 heads; models narrower than 256 are tests with 4. */
function headCount(hidden: number): number {
  if (SIXTEEN_HEADS.has(hidden)) return 16;
  return hidden < 256 ? 4 : Math.max(1, Math.round(hidden / 64));
}
