// The configuration of contrastive pre-training: what `wav2vec train pretrain` reads.
import { z } from "zod";
import { augmentFields, batchFields, dataFields, dropoutFields, modelFields, optimizerFields, runFields, scheduleFields, spanFields } from "./fields.js"; // prettier-ignore

/** Every key that there is; others are refused. */
export const pretrainingConfig = z
  .strictObject({
    $schema: z.string().optional(),
    data: z.strictObject(dataFields),
    init: z
      .string()
      .optional()
      .describe("model to go on from; absent quantiser and projections start at random"),
    model: modelFields.optional().describe("a model from random weights; not with init"),
    normalise: z
      .boolean()
      .optional()
      .describe("mean 0 and variance 1 for each clip; default as init says, else true"),
    batch: batchFields.prefault({}),
    masks: z
      .strictObject({
        time: spanFields.default({ probability: 0.65, length: 10, minSpans: 2 }),
        channel: spanFields.optional(),
      })
      .prefault({}),
    dropout: z.strictObject({ ...dropoutFields, features: z.number().min(0).lt(1).default(0) }).prefault({}),
    augment: augmentFields.prefault({}),
    objective: z.enum(["fairseq", "hf"]).default("fairseq"),
    penaltyWeight: z
      .number()
      .min(0)
      .default(10)
      .describe("of the conv features' mean square; 10 base, 0 large; fairseq only"),
    featureGradient: z
      .number()
      .min(0)
      .default(0.1)
      .describe("scales the gradient into the convolutions; 0.1 base, 1 large"),
    temperature: z
      .tuple([z.number().positive(), z.number().positive(), z.number().positive().max(1)])
      .default([2, 0.5, 0.999995])
      .describe("of the code choice: start, end, factor for each update"),
    rematerialise: z.boolean().default(false).describe("compute activations again instead of keeping them"),
    optimizer: optimizerFields,
    schedule: scheduleFields,
    ...runFields,
  })
  .refine((config) => !(config.init !== undefined && config.model), {
    message: "init and model exclude each other; model is for random weights",
    path: ["model"],
  });

export type PretrainingRunConfig = z.output<typeof pretrainingConfig>;
