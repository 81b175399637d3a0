// The configuration of CTC fine-tuning: what `wav2vec train ctc` reads.
import { z } from "zod";
import { augmentFields, batchFields, cacheFields, dataFields, dropoutFields, modelFields, optimizerFields, runFields, scheduleFields, spanFields } from "./fields.js"; // prettier-ignore

/** Every key that there is; others are refused. */
export const ctcConfig = z
  .strictObject({
    $schema: z.string().optional(),
    data: z.strictObject({
      ...dataFields,
      text: z
        .strictObject({
          case: z.enum(["upper", "lower", "keep"]).default("keep"),
          remove: z.string().default("").describe("characters that are left out"),
        })
        .prefault({}),
    }),
    vocabulary: z
      .string()
      .optional()
      .describe("vocab.json; default that of init, or else built from the transcripts"),
    init: z.string().optional().describe("model to start from: folder, weight file or Hugging Face id"),
    model: modelFields.optional().describe("a model from random weights; not with init"),
    parts: z
      .enum(["all", "head", "adapters"])
      .default("all")
      .describe("what learns; adapters: with the head"),
    language: z
      .string()
      .regex(
        /^[a-z]{3}(-[A-Za-z0-9_]+)?$/,
        "expected a code as MMS has them, e.g. fra or cmn-script_simplified",
      )
      .optional()
      .describe(
        "code under which adapters and head are saved too: adapter.CODE.safetensors, as MMS keeps languages",
      ),
    cache: cacheFields
      .optional()
      .describe(
        "with parts: head: what the frozen encoder says of each recording is computed once and kept; nothing random may lie before the head",
      ),
    freezeFeatureEncoder: z.boolean().default(true).describe("the convolutions do not learn"),
    freezeEncoderUpdates: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe("only the head learns before this update"),
    batch: batchFields.prefault({}),
    masks: z.strictObject({ time: spanFields.optional(), channel: spanFields.optional() }).prefault({}),
    dropout: z.strictObject({ ...dropoutFields, final: z.number().min(0).lt(1).default(0) }).prefault({}),
    augment: augmentFields
      .extend({
        join: z
          .strictObject({
            probability: z.number().min(0).max(1).default(0.5).describe("of a batch whose clips are joined"),
            pauseSeconds: z
              .tuple([z.number().min(0), z.number().min(0)])
              .default([0.1, 1])
              .describe("shortest and longest pause between the two"),
          })
          .optional()
          .describe("clips two by two, so that a model of single phrases also reads longer recordings"),
      })
      .prefault({}),
    perLabel: z
      .boolean()
      .default(false)
      .describe("divide the loss of a clip by its label count, as torch's mean does"),
    rematerialise: z.boolean().default(false).describe("compute activations again instead of keeping them"),
    optimizer: optimizerFields,
    schedule: scheduleFields.prefault({ kind: "tri-stage" }),
    ...runFields,
  })
  .refine((config) => !(config.init !== undefined && config.model), {
    message: "init and model exclude each other; model is for random weights",
    path: ["model"],
  });

export type CtcConfig = z.output<typeof ctcConfig>;
