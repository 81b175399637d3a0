// The configuration of classifiers: what `wav2vec train classify` reads.
import { z } from "zod";
import { augmentFields, batchFields, cacheFields, dataFields, dropoutFields, modelFields, optimizerFields, runFields, scheduleFields, spanFields } from "./fields.js"; // prettier-ignore

const count = z.number().int().min(1);
const labels = z
  .array(z.string().min(1))
  .min(1)
  .optional()
  .describe("names of the outputs in their order; default: all that the training data has, sorted");
const layers = z
  .enum(["weighted", "last"])
  .default("weighted")
  .describe("a learned mix of all layers, or the encoder's output");

const target = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("class").describe("one class a recording"),
    column: z
      .string()
      .default("label")
      .describe("of the table, e.g. language; slots.size is size within slots"),
    labels,
    openSet: z
      .boolean()
      .default(false)
      .describe(
        "the dev part has other classes, such as other speakers: measured by the equal error rate of all pairs within a data set",
      ),
  }),
  z.strictObject({
    kind: z.literal("labels").describe("any number of labels a recording: a list, or the keys of an object"),
    column: z.string().default("labels"),
    labels: labels.describe(
      "those to learn, in their order; others do not count. Default: all of the training data",
    ),
  }),
  z.strictObject({
    kind: z.literal("values").describe("numbers, such as arousal and valence"),
    columns: z.array(z.string().min(1)).min(1),
  }),
  z.strictObject({
    kind: z
      .literal("frames")
      .describe("a class for each frame, from a list of { start, end, label } in seconds"),
    column: z.string().default("segments"),
    labels,
    outside: z.string().optional().describe("class of frames in no segment; default: they do not count"),
  }),
]);

const head = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z
      .literal("sequence")
      .describe("projector, mean over frames, classifier; HF ForSequenceClassification"),
    layers,
    projectionSize: count.default(256),
  }),
  z.strictObject({
    kind: z.literal("xvector").describe("time-delay layers, statistics, embedding; HF ForXVector"),
    layers,
    dims: z.array(count).min(1).default([512, 512, 512, 512, 1500]),
    kernels: z.array(count).min(1).default([5, 3, 3, 1, 1]),
    dilations: z.array(count).min(1).default([1, 2, 3, 1, 1]),
    embeddingSize: count.default(512),
  }),
  z.strictObject({ kind: z.literal("frames").describe("HF ForAudioFrameClassification"), layers }),
  z.strictObject({
    kind: z.literal("regression").describe("audeering's: mean over frames, dense, tanh, dense"),
  }),
]);

const loss = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("cross-entropy"), smoothing: z.number().min(0).lt(1).default(0) }),
  z.strictObject({ kind: z.literal("am-softmax"), scale: z.number().positive().default(30), margin: z.number().min(0).default(0.4) }), // prettier-ignore
  z.strictObject({ kind: z.literal("aam-softmax"), scale: z.number().positive().default(30), margin: z.number().min(0).default(0.2) }), // prettier-ignore
  z.strictObject({ kind: z.literal("binary") }),
  z.strictObject({ kind: z.literal("squared") }),
  z.strictObject({ kind: z.literal("concordance") }),
]);

/** Every key that there is; others are refused. */
export const classificationConfig = z
  .strictObject({
    $schema: z.string().optional(),
    data: z.strictObject({
      ...dataFields,
      hold: z
        .strictObject({
          by: z.string().default("speaker_id").describe("column whose values stay together"),
          folds: z.number().int().min(2).default(5),
          fold: z.number().int().min(0).default(0).describe("which fold is the dev part"),
        })
        .optional()
        .describe("the dev part is a fold of the training data; not with dev"),
    }),
    target: target.prefault({ kind: "class" }).describe("what is learnt"),
    init: z.string().optional().describe("model to start from: folder, weight file or Hugging Face id"),
    model: modelFields.optional().describe("a model from random weights; not with init"),
    head: head.optional().describe("default as target asks: sequence, regression or frames"),
    loss: loss.optional().describe("default as target and head ask"),
    parts: z
      .enum(["head-and-layers", "head", "all"])
      .default("head-and-layers")
      .describe("what learns: the head with its mix of layers, the head alone, or the encoder too"),
    cache: cacheFields
      .prefault({})
      .describe("what a frozen encoder says of each recording is computed once and kept"),
    freezeFeatureEncoder: z
      .boolean()
      .default(true)
      .describe("the convolutions do not learn; parts: all only"),
    freezeEncoderUpdates: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe("only the head learns before this update; parts: all only"),
    batch: batchFields.prefault({}),
    masks: z.strictObject({ time: spanFields.optional(), channel: spanFields.optional() }).optional(),
    dropout: z.strictObject(dropoutFields).optional(),
    augment: augmentFields.optional(),
    rematerialise: z.boolean().default(false).describe("compute activations again instead of keeping them"),
    optimizer: optimizerFields,
    schedule: scheduleFields.prefault({ kind: "linear", warmup: 0 }),
    ...runFields,
  })
  .superRefine((config, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (config.init !== undefined && config.model)
      wrong("model", "init and model exclude each other; model is for random weights");
    if (config.data.hold && config.data.dev.length > 0)
      wrong("data", "hold and dev exclude each other; hold takes the dev part from train");
    if (config.data.hold && config.data.hold.fold >= config.data.hold.folds)
      wrong("data", `hold.fold is ${config.data.hold.fold} of ${config.data.hold.folds}; folds count from 0`);
    if (config.parts !== "all")
      for (const key of ["masks", "dropout", "augment", "freezeEncoderUpdates", "rematerialise"] as const)
        if (config[key])
          wrong(key, "has no effect on a frozen encoder, which hears each recording once; set parts: all");
    const fits = fittingLosses(config.target.kind, config.head?.kind);
    if (fits.length === 0) wrong("head", `${config.head?.kind} does not fit target.kind ${config.target.kind}`);
    else if (config.loss && !fits.includes(config.loss.kind))
      wrong("loss", `${config.loss.kind} does not fit; expected ${fits.join(" or ")} for target.kind ${config.target.kind}`); // prettier-ignore
    if (
      config.head?.kind === "xvector" &&
      new Set([config.head.dims.length, config.head.kernels.length, config.head.dilations.length]).size > 1
    )
      // prettier-ignore
      wrong("head", "dims, kernels and dilations differ in length; expected one of each for every layer");
  });

export type ClassificationConfig = z.output<typeof classificationConfig>;

type TargetKind = ClassificationConfig["target"]["kind"];
type HeadKind = NonNullable<ClassificationConfig["head"]>["kind"];
type LossKind = NonNullable<ClassificationConfig["loss"]>["kind"];

/** Heads by what is learnt, and the losses that fit; the first of each is the default. */
const FITTING: Readonly<Record<TargetKind, Partial<Record<HeadKind, readonly LossKind[]>>>> = {
  class: { sequence: ["cross-entropy"], xvector: ["am-softmax", "aam-softmax"] },
  labels: { sequence: ["binary"] },
  values: { regression: ["concordance", "squared"], sequence: ["concordance", "squared"] },
  frames: { frames: ["cross-entropy"] },
};

/** The head where none is configured. */
export const defaultHead = (target: TargetKind): HeadKind => Object.keys(FITTING[target])[0] as HeadKind; // keys of the record

/** Losses of a head, or of any head for what is learnt; none if the head does not fit. */
export function fittingLosses(target: TargetKind, head: HeadKind | undefined): readonly LossKind[] {
  const fitting = FITTING[target];
  return head === undefined ? [...new Set(Object.values(fitting).flat())] : (fitting[head] ?? []);
}
