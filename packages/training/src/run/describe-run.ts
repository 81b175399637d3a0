// What a configuration amounts to before anything is trained: parameters, memory, audio of a step.
import { encoderFrames, type Bindings, type Param } from "@wav2vec/core";
import { setUpClassification } from "../classification/classification-setup.js";
import { cutFrozen } from "../classification/frozen-cut.js";
import { encoderSource } from "../classification/output-source.js";
import type { ClassificationConfig } from "../config/classification-config.js";
import type { CtcConfig } from "../config/ctc-config.js";
import type { PretrainingRunConfig } from "../config/pretraining-config.js";
import { ctcGraph } from "../ctc-graph.js";
import { listNoise } from "../data/noise-recordings.js";
import { readEntries } from "../data/read-entries.js";
import { trainingGraph } from "../training-graph.js";
import { ctcTrainingValues } from "../trainer/ctc-step.js";
import { pretrainingValues } from "../trainer/pretraining-step.js";
import { peakBytes } from "./peak-bytes.js";
import { setUpCtc } from "./train-ctc.js";
import { setUpPretraining } from "./train-pretraining.js";
import { withCleanup } from "./with-cleanup.js";

/** What `--dry-run` prints. */
export interface RunDescription {
  readonly parameters: number;
  /** Parameters that learn, in the last stage. */
  readonly trained: number;
  /** Symbols of the head; absent in pre-training. */
  readonly tokens?: number;
  /** Of a classifier. */
  readonly labels?: readonly string[];
  /** Entries of the tables; recordings are not opened. */
  readonly entries: { readonly train: number; readonly dev: number };
  /** Recordings of noise; absent where none are mixed in. */
  readonly noise?: number;
  /** Audio of one update at most, padding included. */
  readonly secondsPerUpdate: number;
  /** The batch that memory is estimated for: `clips` of `seconds` each. */
  readonly batch: { readonly clips: number; readonly seconds: number; readonly frames: number };
  readonly bytes: {
    /** What stays all the time: parameters, moments, sums of gradients over batches, averages. */
    readonly state: number;
    /** What one batch needs on top at most: activations and gradients. What the runtime is made of is not in it. */
    readonly batch: number;
  };
  /** Each trained parameter's shape. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Clips of the estimate; memory depends on the total more than on the cut. */
const TYPICAL_SECONDS = 10;

/** Describes fine-tuning. */
export async function describeCtcRun(config: CtcConfig): Promise<RunDescription> {
  const { start, recipe, params, stages, tokens } = await withCleanup((atEnd) => setUpCtc(config, atEnd)); // no weight is read
  const { logits, hidden } = ctcTrainingValues(start.config, recipe);
  const { isTrained } = stages.at(-1)!; // there is at least one
  const { losses, gradient } = ctcGraph(logits);
  const from = [{ value: logits, seed: gradient }];
  const checkpoints = recipe.rematerialise ? hidden : [];
  const built = trainingGraph({ outputs: { losses }, from, isTrained, checkpoints });
  const batch = batchOf(config, (samples) => encoderFrames(samples, start.config.convLayers) as number); // numbers
  const bytes = peakBytes(built.graph, bindingsOf(batch));
  return { ...(await common(config, params, built.parameters, batch, bytes)), tokens: tokens.length };
}

/** Describes pre-training. */
export async function describePretrainingRun(config: PretrainingRunConfig): Promise<RunDescription> {
  const { start, quantiser, recipe, params } = await withCleanup((atEnd) => setUpPretraining(config, atEnd)); // as above
  const { outputs, hidden } = pretrainingValues(start.config, quantiser, recipe, true);
  const checkpoints = recipe.rematerialise ? hidden : [];
  const built = trainingGraph({
    outputs,
    from: "loss",
    isTrained: () => true,
    checkpoints,
  });
  const batch = batchOf(config, (samples) => encoderFrames(samples, start.config.convLayers) as number); // numbers
  return common(config, params, built.parameters, batch, peakBytes(built.graph, bindingsOf(batch)));
}

/** Describes a classifier's run; with a frozen encoder the batch is of what is kept of each recording. */
export async function describeClassificationRun(config: ClassificationConfig): Promise<RunDescription> {
  const { start, head, objective, recipe, params, stages, targets } = await withCleanup((atEnd) =>
    setUpClassification(config, atEnd),
  ); // as above
  const { isTrained } = stages.at(-1)!; // there is at least one
  const isFrozen = config.parts !== "all";
  const outputs = isFrozen
    ? cutFrozen(start.config, head, isTrained).outputs
    : encoderSource(start.config, head, recipe).outputs;
  const { loss } = objective.build(outputs);
  const built = trainingGraph({ outputs: { loss }, from: "loss", isTrained });
  const batch = batchOf(config, (samples) => encoderFrames(samples, start.config.convLayers) as number); // numbers
  const bytes = peakBytes(built.graph, new Map([...bindingsOf(batch), ["frames", batch.frames]]));
  return { ...(await common(config, params, built.parameters, batch, bytes)), labels: targets.labels };
}

function batchOf(
  { batch, data, augment }: CtcConfig | PretrainingRunConfig | ClassificationConfig,
  framesOf: (samples: number) => number,
) {
  const most = Math.min(batch.seconds, data.maxSeconds);
  const clips = Math.min(batch.clips ?? Infinity, Math.ceil(batch.seconds / Math.min(TYPICAL_SECONDS, most)));
  const seconds = Math.min(most, batch.seconds / clips);
  const described = (count: number, length: number) => ({ clips: count, seconds: length, frames: framesOf(Math.round(length * 16_000)) }); // prettier-ignore
  if (!(augment && "join" in augment && augment.join) || clips === 1) return described(clips, seconds);
  return described(Math.ceil(clips / 2), 2 * seconds + augment.join.pauseSeconds[1]);
}

function bindingsOf({ clips, seconds, frames }: RunDescription["batch"]): Bindings {
  return new Map([
    ["batch", clips],
    ["samples", Math.round(seconds * 16_000)],
    ["masked", Math.round(clips * frames * 0.49)],
    ["states", frames], // of CTC: a symbol and a blank for every second frame is fast speech
    ["dropoutRows", 0],
    ["dropoutPlaces", 0],
    ["dropoutColumns", 0],
  ]);
}

async function common(
  config: CtcConfig | PretrainingRunConfig | ClassificationConfig,
  params: readonly Param[],
  shapes: ReadonlyMap<string, readonly number[]>,
  batch: RunDescription["batch"],
  bytes: number,
): Promise<RunDescription> {
  const sizeOf = (shape: readonly number[]) => shape.reduce((n, dim) => n * dim, 1);
  const parameters = params.reduce((sum, { shape }) => sum + sizeOf(shape as readonly number[]), 0); // numbers
  const trained = [...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  const count = async (part: "train" | "dev") =>
    (await Promise.all(config.data[part].map(readEntries)))
      .flat()
      .reduce((sum, { repeat = 1 }) => sum + repeat, 0);
  const noise = config.augment?.recordings;
  const { accumulate, replicas } = config.batch;
  // Of what learns, beside weights and moments: gradients kept while further batches are added, the average; with
  // replicas the weights where they read them, and their gradients where they make them and where they are read.
  const shared = replicas > 1 ? 1 + 2 * (replicas - 1) : 0;
  const copies = Number(accumulate > 1) + Number(config.optimizer.average !== undefined) + shared;
  return {
    parameters,
    trained,
    entries: { train: await count("train"), dev: await count("dev") },
    ...(noise && { noise: (await listNoise(noise.path)).length }),
    secondsPerUpdate: config.batch.seconds * config.batch.accumulate,
    batch,
    bytes: {
      state: 4 * (parameters * replicas + (2 + copies) * trained),
      batch: bytes,
    },
    shapes,
  };
}
