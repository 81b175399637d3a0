// Where the siblings of wav2vec 2.0 differ from it: one entry for each model type, as data.
import { ConfigError, type FieldReader } from "./config-fields.js";
import type { Activation, ConvLayerConfig } from "./config.js";

/** Convolutions over the frames that give them positions before the first layer. */
export interface PositionalConfig {
  readonly kernel: number;
  readonly groups: number;
  /** data2vec: this many plain convolutions, each normalised; absent: one convolution with weight norm. */
  readonly stacked?: number;
  /** HuBERT with `conv_pos_batch_norm`: the input is normalised by batch statistics, and the convolution has no weight norm. */
  readonly batchNorm?: boolean;
}

/** How attention knows the distance between two frames. */
export type DistanceConfig =
  /** WavLM: a bias for each bucket of distances, gated by the frame that looks. */
  | { readonly kind: "gatedBuckets"; readonly buckets: number; readonly maxDistance: number }
  /** Frames are rotated by their position before queries and keys are made of them. */
  | { readonly kind: "rotary"; readonly base: number }
  /** Transformer-XL: queries also score projected sinusoids of the distance. */
  | { readonly kind: "sinusoids" }
  /** w2v-BERT: queries also score a learned vector for each distance, clipped on both sides. */
  | { readonly kind: "clipped"; readonly left: number; readonly right: number };

/** The convolution module between attention and the second feed-forward. */
export interface ConformerConfig {
  readonly kernel: number;
  /** true: sees past frames only and is normalised by layer (w2v-BERT); false: centred, normalised by batch statistics. */
  readonly causal: boolean;
}

/** Stages in which the family differs. */
export interface Variant {
  /** true: layers normalise their input and the stack its output; false: the other way round. */
  readonly preNorm: boolean;
  /** Whether the stack has a norm of its own at all; w2v-BERT has none. */
  readonly stackNorm: boolean;
  /** w2v-BERT: half a feed-forward between the stack and its adapter (`use_intermediate_ffn_before_adapter`). */
  readonly intermediateFeedForward?: boolean;
  /** Whether the conv features are normalised before they are projected. */
  readonly projectionNorm: boolean;
  readonly positional?: PositionalConfig;
  readonly distance?: DistanceConfig;
  /** Layers are Conformer blocks; absent: Transformer layers. */
  readonly conformer?: ConformerConfig;
  /**
   * The model hears filter banks instead of samples: `stacked` neighbouring frames of `bins` each, together one frame.
   * `convLayers` then say how frames are cut, and hold no weights.
   */
  readonly filterBanks?: { readonly bins: number; readonly stacked: number };
}

/** What a model type settles: its stages, what its authors published, and what config.json does not say. */
export interface VariantReading {
  readonly stages: Variant;
  readonly published: {
    readonly hiddenSize: number;
    readonly layers: number;
    readonly heads: number;
    readonly intermediateSize: number;
    readonly activation: Activation;
  };
  /** How filter banks are cut from samples. */
  readonly framing?: readonly ConvLayerConfig[];
  readonly featureNorm?: "layer";
}

const BASE: VariantReading["published"] = { hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072, activation: "gelu" }; // prettier-ignore
const W2V_BERT: VariantReading["published"] = { hiddenSize: 1024, layers: 24, heads: 16, intermediateSize: 4096, activation: "swish" }; // prettier-ignore

const readers = {
  wav2vec2: like,
  unispeech: like,
  "unispeech-sat": like,
  hubert: (fields: FieldReader): VariantReading => {
    const stages = transformer(fields);
    const batchNorm = fields.boolean("conv_pos_batch_norm", false);
    return {
      published: BASE,
      stages: {
        ...stages,
        positional: { ...stages.positional, ...(batchNorm && { batchNorm }) },
        projectionNorm: fields.boolean("feat_proj_layer_norm", true),
      },
    };
  },
  wavlm: (fields: FieldReader): VariantReading => {
    const buckets = fields.integer("num_buckets", 320, { min: 4 });
    const maxDistance = fields.integer("max_bucket_distance", 800, { min: Math.floor(buckets / 4) + 1 });
    return { published: BASE, stages: { ...transformer(fields), distance: { kind: "gatedBuckets", buckets, maxDistance } } }; // prettier-ignore
  },
  "data2vec-audio": (fields: FieldReader): VariantReading => {
    const positional = {
      kernel: fields.integer("conv_pos_kernel_size", 19),
      groups: fields.integer("num_conv_pos_embedding_groups", 16),
      stacked: fields.integer("num_conv_pos_embeddings", 5, { max: 1000 }),
    };
    return { published: BASE, featureNorm: "layer", stages: { ...transformer(fields), positional } };
  },
  "wav2vec2-conformer": (fields: FieldReader): VariantReading => {
    const type = fields.oneOf("position_embeddings_type", "relative", ["relative", "rotary"]);
    const distance = readDistance(type, fields);
    return { published: BASE, stages: { ...conformer(fields, false), stackNorm: true, distance } };
  },
  "wav2vec2-bert": (fields: FieldReader): VariantReading => {
    const type = fields.oneOf("position_embeddings_type", "relative_key", ["relative_key", "relative", "rotary"]); // prettier-ignore
    const dim = fields.integer("feature_projection_input_dim", 160, { min: 2 });
    if (dim % STACKED !== 0)
      throw new ConfigError(
        "feature_projection_input_dim",
        `config: feature_projection_input_dim is ${dim}; expected a multiple of ${STACKED}, the filter bank frames in one`,
      );
    const bins = dim / STACKED;
    return {
      published: W2V_BERT,
      featureNorm: "layer",
      framing: [
        { dim: bins, kernel: 400, stride: 160 },
        { dim, kernel: STACKED, stride: STACKED },
      ],
      stages: {
        ...conformer(fields, true),
        stackNorm: false,
        intermediateFeedForward: fields.boolean("use_intermediate_ffn_before_adapter", false),
        distance: readDistance(type, fields),
        filterBanks: { bins, stacked: STACKED },
      },
    };
  },
};

const STACKED = 2; // SeamlessM4TFeatureExtractor's stride; config.json does not hold it

/** Model types as config.json names them. */
export type ModelType = keyof typeof readers;
export const modelTypes = Object.keys(readers) as readonly ModelType[]; // keys of the object above

/** Reads what `modelType` has in its own way. */
export function readVariant(modelType: ModelType, fields: FieldReader): VariantReading {
  return readers[modelType](fields);
}

/**
 * Keys of published checkpoints that nothing computes with: buffers that follow from the config, counters, and the
 * positional convolution that Conformers carry along without using it.
 */
export function idleKeys({ positional }: Pick<Variant, "positional">): readonly RegExp[] {
  return [
    /^encoder\.embed_positions\.inv_freq$/,
    /\.batch_norm\.num_batches_tracked$/,
    ...(positional ? [] : [/^encoder\.pos_conv_embed\./]),
  ];
}

/** wav2vec 2.0 itself, and siblings that differ from it in training only. */
function like(fields: FieldReader): VariantReading {
  return { published: BASE, stages: transformer(fields) };
}

function transformer(fields: FieldReader): Variant & { readonly positional: PositionalConfig } {
  return {
    preNorm: fields.boolean("do_stable_layer_norm", false),
    stackNorm: true,
    projectionNorm: true,
    positional: {
      kernel: fields.integer("num_conv_pos_embeddings", 128),
      groups: fields.integer("num_conv_pos_embedding_groups", 16),
    },
  };
}

function conformer(fields: FieldReader, causal: boolean): Omit<Variant, "stackNorm"> {
  const kernel = fields.integer("conv_depthwise_kernel_size", 31);
  if (kernel % 2 === 0)
    throw new ConfigError(
      "conv_depthwise_kernel_size",
      `config: conv_depthwise_kernel_size is ${kernel}; expected an odd number`,
    );
  return { preNorm: true, projectionNorm: true, conformer: { kernel, causal } };
}

function readDistance(type: "relative" | "rotary" | "relative_key", fields: FieldReader): DistanceConfig {
  if (type === "relative") return { kind: "sinusoids" };
  if (type === "rotary") return { kind: "rotary", base: fields.number("rotary_embedding_base", 10000, { min: 2, max: 1e9 }) }; // prettier-ignore
  return {
    kind: "clipped",
    left: fields.integer("left_max_position_embeddings", 64, { min: 0 }),
    right: fields.integer("right_max_position_embeddings", 8, { min: 0 }),
  };
}
