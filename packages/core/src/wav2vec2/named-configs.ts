// The published sizes, for building a model without a config.json.
import { parseConfig, type Wav2Vec2Config } from "./config.js";

const large = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 };
const stable = { feat_extract_norm: "layer", do_stable_layer_norm: true, conv_bias: true };
const oneBillion = {
  ...stable,
  hidden_size: 1280,
  num_hidden_layers: 48,
  num_attention_heads: 16,
  intermediate_size: 5120,
};

const published = {
  base: {},
  large,
  lv60: { ...large, ...stable },
  "xls-r-300m": { ...large, ...stable },
  "xls-r-1b": oneBillion,
  "xls-r-2b": { ...oneBillion, hidden_size: 1920, intermediate_size: 7680 },
  "mms-1b": { ...oneBillion, adapter_attn_dim: 16 },
} as const;

/** A published size. */
export type NamedConfig = keyof typeof published;
export const namedConfigs = Object.keys(published) as readonly NamedConfig[]; // keys of the object above

/**
 * The shape of a published size.
 *
 * @see Baevski et al. 2020 (base, large, lv60), Babu et al. 2021 (xls-r), Pratap et al. 2023 (mms)
 */
export function namedConfig(name: NamedConfig): Wav2Vec2Config {
  return parseConfig(published[name]);
}
