// The shape of a model of the wav2vec 2.0 family, read from a Hugging Face config.json. Training settings are read elsewhere.
import { ConfigError, readFields, type FieldReader } from "./config-fields.js";
import { modelTypes, readVariant, type ModelType, type Variant } from "./config-variants.js";

/** Nonlinearities of published checkpoints. */
export type Activation = "gelu" | "relu" | "swish";

/** One convolution of the feature encoder. */
export interface ConvLayerConfig {
  readonly dim: number;
  readonly kernel: number;
  readonly stride: number;
}

/** Convolutions after the Transformer that shorten the frames (`add_adapter`). */
export interface ConvAdapterConfig {
  readonly layers: number;
  readonly kernel: number;
  readonly stride: number;
  readonly outputSize: number;
  /** w2v-BERT: each layer also attends and has a feed-forward with this nonlinearity (`adapter_act`). */
  readonly attentive?: Activation;
}

/** Everything that decides the graph of the encoder, the context network and the CTC head. */
export interface Wav2Vec2Config extends Variant {
  readonly modelType: ModelType;
  /** Classes of the checkpoint's author, e.g. `Wav2Vec2ForCTC`; decides which head there is. */
  readonly architectures: readonly string[];
  readonly convLayers: readonly ConvLayerConfig[];
  readonly convBias: boolean;
  /** `group`: group norm after the first convolution only (base); `layer`: layer norm after each. */
  readonly featureNorm: "group" | "layer";
  readonly featureActivation: Activation;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly layerNormEps: number;
  /** Width of the per-language attention adapters (MMS); absent in most models. */
  readonly attentionAdapterDim?: number;
  readonly convAdapter?: ConvAdapterConfig;
  readonly vocabSize: number;
  /** The blank of CTC, and what pads label rows. */
  readonly padTokenId: number;
  /** Seconds by which symbols come after their sounds, where a model states it (`ctc_emission_delay`, this project's own field). */
  readonly emissionDelay?: number;
}

const ACTIVATIONS: readonly Activation[] = ["gelu", "relu", "swish"];

/**
 * Reads and checks a Hugging Face config.json; absent fields have the defaults of transformers' Wav2Vec2Config.
 *
 * @throws ConfigError that names the field, what it holds and what was expected
 */
export function parseConfig(json: unknown): Wav2Vec2Config {
  const fields = readFields(json);
  const modelType = fields.oneOf("model_type", "wav2vec2", modelTypes);
  const variant = readVariant(modelType, fields);
  const { published } = variant;
  const hiddenSize = fields.integer("hidden_size", published.hiddenSize);
  const config: Wav2Vec2Config = {
    ...variant.stages,
    modelType,
    architectures: readArchitectures(json),
    convLayers: variant.framing ?? readConvLayers(fields),
    convBias: fields.boolean("conv_bias", false),
    featureNorm: variant.featureNorm ?? fields.oneOf("feat_extract_norm", "group", ["group", "layer"]),
    featureActivation: fields.oneOf("feat_extract_activation", "gelu", ACTIVATIONS),
    hiddenSize,
    layers: fields.integer("num_hidden_layers", published.layers, { max: 1000 }),
    heads: fields.integer("num_attention_heads", published.heads),
    intermediateSize: fields.integer("intermediate_size", published.intermediateSize),
    activation: fields.oneOf("hidden_act", published.activation, ACTIVATIONS),
    layerNormEps: fields.number("layer_norm_eps", 1e-5, { min: 0, max: 1 }),
    ...readAttentionAdapter(fields, variant.stages.preNorm),
    ...(fields.boolean("add_adapter", false)
      ? { convAdapter: readConvAdapter(fields, hiddenSize, modelType) }
      : {}),
    vocabSize: fields.integer("vocab_size", 32, { max: 10_000_000 }),
    padTokenId: fields.integer("pad_token_id", 0, { min: 0 }),
    ...(fields.has("ctc_emission_delay") && {
      emissionDelay: fields.number("ctc_emission_delay", 0, { min: 0, max: 1 }),
    }),
  };
  checkDivides("num_attention_heads", config.heads, hiddenSize);
  if (config.positional) checkDivides("num_conv_pos_embedding_groups", config.positional.groups, hiddenSize);
  return config;
}

/** What class of the transformers library wrote the checkpoint; `undefined` in bare configs. */
function readArchitectures(json: unknown): readonly string[] {
  const { architectures } = json as { architectures?: unknown }; // readFields has seen an object
  return Array.isArray(architectures) ? architectures.filter((name) => typeof name === "string") : [];
}

function readConvLayers(fields: FieldReader): readonly ConvLayerConfig[] {
  const dims = fields.integers("conv_dim", [512, 512, 512, 512, 512, 512, 512]);
  const kernels = fields.integers("conv_kernel", [10, 3, 3, 3, 3, 2, 2]);
  const strides = fields.integers("conv_stride", [5, 2, 2, 2, 2, 2, 2]);
  if (dims.length !== kernels.length || dims.length !== strides.length) {
    throw new ConfigError(
      "conv_dim",
      `config: conv_dim, conv_kernel and conv_stride have ${dims.length}, ${kernels.length} and ${strides.length} entries; expected one per layer in each`,
    );
  }
  return dims.map((dim, i) => ({ dim, kernel: kernels[i]!, stride: strides[i]! })); // lengths checked above
}

function readAttentionAdapter(fields: FieldReader, preNorm: boolean): { attentionAdapterDim?: number } {
  if (!fields.has("adapter_attn_dim")) return {};
  if (!preNorm) {
    throw new ConfigError(
      "adapter_attn_dim",
      "config: adapter_attn_dim is set but do_stable_layer_norm is false; only pre-norm layers have attention adapters",
    );
  }
  return { attentionAdapterDim: fields.integer("adapter_attn_dim", 16) };
}

function readConvAdapter(fields: FieldReader, hiddenSize: number, modelType: ModelType): ConvAdapterConfig {
  const attentive = modelType === "wav2vec2-bert";
  const config = {
    layers: fields.integer("num_adapter_layers", attentive ? 1 : 3, { max: 1000 }),
    kernel: fields.integer("adapter_kernel_size", 3),
    stride: fields.integer("adapter_stride", 2),
    outputSize: fields.integer("output_hidden_size", hiddenSize),
    ...(attentive && { attentive: fields.oneOf("adapter_act", "relu", ACTIVATIONS) }),
  };
  if (attentive && (config.kernel !== 3 || config.stride !== 2)) {
    throw new ConfigError(
      "adapter_stride",
      `config: adapter_kernel_size is ${config.kernel} and adapter_stride ${config.stride}; expected 3 and 2 in w2v-BERT, others pad differently there`,
    );
  }
  return config;
}

function checkDivides(field: string, parts: number, hiddenSize: number): void {
  if (hiddenSize % parts === 0) return;
  throw new ConfigError(field, `config: ${field} is ${parts} and does not divide hidden_size ${hiddenSize}`);
}
