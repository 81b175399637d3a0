// Parts of a training configuration that fine-tuning and pre-training share, with the defaults of the published recipes.
import { z } from "zod";
import { DEFECTS } from "../data/defects.js";

const share = z.number().min(0).max(1);
const rate = z.number().min(0).lt(1);
const count = z.number().int().min(1);
const decibels = z.number().min(-100).max(100);
const policy = z.enum(["skip", "stop"]);

/** One data set. */
const source = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      "folder with metadata.jsonl, a .jsonl, .csv or .tsv table, a fairseq manifest, or a folder of recordings",
    ),
  split: z.string().optional().describe("only entries of this split"),
  audioFolder: z
    .string()
    .optional()
    .describe("where the names in the table start; default the table's folder"),
  limit: count.optional().describe("only the first so many entries"),
});

/** What both kinds of data have. */
export const dataFields = {
  train: z
    .array(
      source.extend({
        repeat: count.optional().describe("each recording comes this many times in an epoch; default 1"),
      }),
    )
    .min(1),
  dev: z.array(source).default([]),
  minSeconds: z.number().min(0).default(0.1),
  maxSeconds: z.number().positive().default(30),
  defects: z
    .union([
      policy,
      z.strictObject(Object.fromEntries(DEFECTS.map((kind) => [kind, policy.default("skip")]))),
    ])
    .default("skip")
    .describe("what to do with bad data: one word for all kinds, or one for each"),
  cacheMegabytes: z.number().min(0).default(1024).describe("decoded audio that is kept in memory"),
};

/** A model of one's own, in the fields of Hugging Face's config.json; what is absent is that of the base model. */
export const modelFields = z.strictObject({
  hidden_size: count.optional(),
  num_hidden_layers: count.optional(),
  num_attention_heads: count.optional(),
  intermediate_size: count.optional(),
  hidden_act: z.enum(["gelu", "relu", "swish"]).optional(),
  layer_norm_eps: z.number().positive().optional(),
  do_stable_layer_norm: z.boolean().optional(),
  feat_extract_norm: z.enum(["group", "layer"]).optional(),
  feat_extract_activation: z.enum(["gelu", "relu", "swish"]).optional(),
  conv_dim: z.array(count).optional(),
  conv_kernel: z.array(count).optional(),
  conv_stride: z.array(count).optional(),
  conv_bias: z.boolean().optional(),
  num_conv_pos_embeddings: count.optional(),
  num_conv_pos_embedding_groups: count.optional(),
  num_codevector_groups: count.optional(),
  num_codevectors_per_group: count.optional(),
  codevector_dim: count.optional(),
  proj_codevector_dim: count.optional(),
  num_negatives: count.optional(),
  contrastive_logits_temperature: z.number().positive().optional(),
  diversity_loss_weight: z.number().min(0).optional(),
  adapter_attn_dim: count.optional(),
});

/** Clips of one forward pass, and how many passes make an update. */
export const batchFields = z.strictObject({
  seconds: z.number().positive().default(200).describe("audio of one batch, padding included"),
  clips: count.optional().describe("most clips of one batch"),
  accumulate: count.default(1).describe("batches of one update"),
  replicas: count
    .default(1)
    .describe(
      "parts of a batch that are computed at once, each by a copy of the model on threads of its own; on the CPU a small model learns faster so",
    ),
});

/** The fields of a batch, read. */
export type BatchFields = z.output<typeof batchFields>;

/** Where features of a frozen encoder are kept. */
export const cacheFields = z.strictObject({
  folder: z.string().optional().describe("default: features, in the folder of the run"),
  megabytes: z.number().min(0).default(2048).describe("in the folder at most"),
});

/** Spans that are hidden. */
export const spanFields = z.strictObject({
  probability: share,
  length: count.default(10),
  minSpans: z.number().int().min(0).default(0),
});

/** Dropout by place. */
export const dropoutFields = {
  projection: rate.default(0).describe("after the projection to the Transformer's width (dropout_input)"),
  hidden: rate.default(0.1),
  attention: rate.default(0.1),
  activation: rate.default(0),
  layer: rate.default(0).describe("whole layers (layerdrop)"),
};

export const augmentFields = z.strictObject({
  speed: z
    .tuple([z.number().min(0.5).max(2), z.number().min(0.5).max(2)])
    .optional()
    .describe("slowest and fastest"),
  silenceSeconds: z.number().min(0).optional().describe("silence before and after, at most"),
  gain: z.number().min(0).optional().describe("decibels, either way"),
  noise: z
    .array(z.number().min(0))
    .min(1)
    .optional()
    .describe("levels of white noise, relative to the recording"),
  recordings: z
    .strictObject({
      path: z.string().min(1).describe("folder whose recordings are noise, such as MUSAN's"),
      snr: z
        .tuple([decibels, decibels])
        .default([0, 15])
        .describe("signal-to-noise ratio in decibels, least and greatest; drawn evenly"),
      probability: share.default(1).describe("of noise in a clip"),
    })
    .optional()
    .describe("noise from recordings, mixed in after all other changes"),
});

/** Noise from recordings as it is configured. */
export type NoiseFields = NonNullable<z.output<typeof augmentFields>["recordings"]>;

/** Adam with decoupled decay. */
export const optimizerFields = z.strictObject({
  rate: z.number().positive().describe("largest learning rate"),
  betas: z.tuple([rate, rate]).default([0.9, 0.98]),
  eps: z.number().positive().default(1e-8),
  epsRule: z.enum(["torch", "fairseq"]).default("fairseq"),
  weightDecay: z.number().min(0).default(0),
  clip: z.number().min(0).default(0).describe("largest gradient norm; 0 does not clip"),
  headRate: z.number().min(0).default(1).describe("multiplies the rate of the head"),
  rates: z
    .record(z.string().min(1), z.number().min(0))
    .optional()
    .describe("multiplies the rate of a module by its path, e.g. encoder.layers.0; the longest path decides"),
  average: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      "decay of a running average of the weights, which is evaluated and saved in their place; e.g. 0.999",
    ),
});

/** Learning rate over the updates. */
export const scheduleFields = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("tri-stage"),
    ratios: z.tuple([share, share, share]).default([0.1, 0.4, 0.5]),
    initScale: share.default(0.01),
    finalScale: share.default(0.05),
  }),
  z.strictObject({ kind: z.literal("linear"), warmup: z.number().int().min(0) }),
  z.strictObject({
    kind: z.literal("polynomial"),
    warmup: z.number().int().min(0),
    power: z.number().positive().default(1),
    end: z.number().min(0).default(0),
  }),
  z.strictObject({
    kind: z.literal("cosine"),
    warmup: z.number().int().min(0),
    least: z.number().min(0).default(0),
  }),
]);

/** How often the model is measured, saved, and when it is enough. */
export const runFields = {
  updates: count,
  evaluate: z
    .strictObject({
      every: count.default(500).describe("updates between evaluations"),
      patience: count.optional().describe("stop after so many evaluations without improvement"),
    })
    .prefault({}),
  checkpoints: z
    .strictObject({
      every: count.default(500).describe("updates between checkpoints"),
      keep: count.default(2).describe("latest checkpoints that stay, beside the best"),
    })
    .prefault({}),
  logEvery: count.default(10).describe("updates between lines of metrics.jsonl"),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
};

/** The fields of a run, read. */
export type RunFields = z.output<z.ZodObject<typeof runFields>>;
