// fairseq's parameter names to Hugging Face's.
// Map: https://github.com/huggingface/transformers/blob/v4.46.0/src/transformers/models/wav2vec2/convert_wav2vec2_original_pytorch_checkpoint_to_pytorch.py
import type { WeightHandle } from "@wav2vec/core";

/** Applied in order, after the wrapper's prefix is gone. */
const RENAMES: readonly (readonly [RegExp, string])[] = [
  [/^mask_emb$/, "masked_spec_embed"],
  [/^layer_norm\./, "feature_projection.layer_norm."],
  [/^post_extract_proj\./, "feature_projection.projection."],
  [/^(feature_extractor\.conv_layers\.\d+)\.0\./, "$1.conv."],
  [/^(feature_extractor\.conv_layers\.\d+)\.2\.1\./, "$1.layer_norm."],
  [/^(feature_extractor\.conv_layers\.0)\.2\./, "$1.layer_norm."],
  [/^encoder\.pos_conv\.0\./, "encoder.pos_conv_embed.conv."],
  [/^(encoder\.layers\.\d+)\.self_attn_layer_norm\./, "$1.layer_norm."],
  [/^(encoder\.layers\.\d+)\.self_attn\./, "$1.attention."],
  [/^(encoder\.layers\.\d+)\.fc1\./, "$1.feed_forward.intermediate_dense."],
  [/^(encoder\.layers\.\d+)\.fc2\./, "$1.feed_forward.output_dense."],
  [/\.adapter_layer\.W_a$/, ".adapter_layer.linear_1.weight"],
  [/\.adapter_layer\.b_a$/, ".adapter_layer.linear_1.bias"],
  [/\.adapter_layer\.W_b$/, ".adapter_layer.linear_2.weight"],
  [/\.adapter_layer\.b_b$/, ".adapter_layer.linear_2.bias"],
  [/\.adapter_layer\.ln_W$/, ".adapter_layer.norm.weight"],
  [/\.adapter_layer\.ln_b$/, ".adapter_layer.norm.bias"],
  [/^quantizer\.vars$/, "quantizer.codevectors"],
  [/^final_proj\./, "project_hid."],
  [/^proj\./, "lm_head."],
  [/^pooling_layer\.linear\./, "projector."],
  [/^pooling_layer\.projection\./, "classifier."],
];

/** True if the names are fairseq's. */
export function isFairseqLayout(keys: Iterable<string>): boolean {
  for (const key of keys) if (/(^|\.)feature_extractor\.conv_layers\.0\.0\.weight$/.test(key)) return true;
  return false;
}

/** The Hugging Face name of a fairseq parameter; unknown names pass through and are reported as unused. */
export function fromFairseqKey(key: string): string {
  const bare = key.replace(/^w2v_encoder\./, "").replace(/^w2v_model\./, "");
  return RENAMES.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), bare);
}

/**
 * fairseq stacks adapters of several languages on a first axis that Hugging Face does not have; the first is taken.
 *
 * @param handle [languages, …]
 * @returns the handle of language 0, or the handle itself if the key is no adapter
 */
export function firstAdapter(key: string, handle: WeightHandle): WeightHandle {
  const rank = /\.adapter_layer\.linear_[12]\.weight$/.test(key)
    ? 2
    : /\.adapter_layer\./.test(key)
      ? 1
      : Infinity;
  if (handle.shape.length !== rank + 1) return handle;
  const shape = handle.shape.slice(1);
  const elements = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: handle.dtype, read: async () => (await handle.read()).slice(0, elements) };
}
