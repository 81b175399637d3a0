// What a configuration amounts to before anything is trained: parameters, memory, audio of a step.
import { encoderFrames, evaluateShape, graph, input, topologicalOrder, type Bindings, type Param, type Value } from "@wav2vec/core"; // prettier-ignore
import { setUpClassification } from "../classification/classification-setup.js";
import { cutFrozen } from "../classification/frozen-cut.js";
import { encoderSource } from "../classification/output-source.js";
import type { ClassificationConfig } from "../config/classification-config.js";
import type { CtcConfig } from "../config/ctc-config.js";
import type { PretrainingRunConfig } from "../config/pretraining-config.js";
import { readEntries } from "../data/read-entries.js";
import { splitGraph } from "../split-graph.js";
import { trainingGraph } from "../training-graph.js";
import { ctcTrainingValues } from "../trainer/ctc-step.js";
import { pretrainingValues } from "../trainer/pretraining-step.js";
import { setUpCtc } from "./train-ctc.js";
import { setUpPretraining } from "./train-pretraining.js";

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
  /** Audio of one update at most, padding included. */
  readonly secondsPerUpdate: number;
  /** The batch that memory is estimated for: `clips` of `seconds` each. */
  readonly batch: { readonly clips: number; readonly seconds: number; readonly frames: number };
  readonly bytes: {
    /** Parameters, moments, gradients. */
    readonly state: number;
    /** Kept between forward and backward; what the runtime needs on the way comes on top. */
    readonly activations: number;
  };
  /** Each trained parameter's shape. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Clips of the estimate; memory depends on the total more than on the cut. */
const TYPICAL_SECONDS = 10;

/** Describes fine-tuning. */
export async function describeCtcRun(config: CtcConfig): Promise<RunDescription> {
  const { start, recipe, params, stages, tokens } = await setUpCtc(config);
  await start.checkpoint?.close();
  const { logits } = ctcTrainingValues(start.config, recipe);
  const { isTrained } = stages.at(-1)!; // there is at least one
  const from = [{ value: logits, seed: input("seed", logits.shape) }];
  const built = trainingGraph({ outputs: { logits }, from, isTrained, accumulates: true });
  const batch = batchOf(config, (samples) => encoderFrames(samples, start.config.convLayers) as number); // numbers
  const { first, saved } = splitGraph(built.graph, ["logits"]);
  const activations = bytesOf(saved.map((name) => first.outputs[name]!), bindingsOf(batch)); // prettier-ignore
  return { ...(await common(config, params, built.parameters, batch, activations)), tokens: tokens.length };
}

/** Describes pre-training. */
export async function describePretrainingRun(config: PretrainingRunConfig): Promise<RunDescription> {
  const { start, quantiser, recipe, params } = await setUpPretraining(config);
  await start.checkpoint?.close();
  const { outputs } = pretrainingValues(start.config, quantiser, recipe, true);
  const built = trainingGraph({ outputs, from: "loss", isTrained: () => true, accumulates: true });
  const batch = batchOf(config, (samples) => encoderFrames(samples, start.config.convLayers) as number); // numbers
  // One program: what its backward reads of its forward.
  const forward = new Set(topologicalOrder(Object.values(graph(outputs).outputs), () => true));
  const kept = [...forward].filter((value) => value.kind === "op" || value.kind === "composite");
  const activations = bytesOf(kept, bindingsOf(batch));
  return common(config, params, built.parameters, batch, activations);
}

/** Describes a classifier's run; with a frozen encoder the batch is of what is kept of each recording. */
export async function describeClassificationRun(config: ClassificationConfig): Promise<RunDescription> {
  const { start, head, objective, recipe, params, stages, targets } = await setUpClassification(config);
  await start.checkpoint?.close();
  const { isTrained } = stages.at(-1)!; // there is at least one
  const isFrozen = config.parts !== "all";
  const outputs = isFrozen
    ? cutFrozen(start.config, head, isTrained).outputs
    : encoderSource(start.config, head, recipe).outputs;
  const { loss } = objective.build(outputs);
  const built = trainingGraph({ outputs: { loss }, from: "loss", isTrained, accumulates: true });
  const batch = batchOf(config, (samples) => encoderFrames(samples, start.config.convLayers) as number); // numbers
  const kept = topologicalOrder([loss], () => true).filter(
    ({ kind }) => kind === "op" || kind === "composite",
  );
  const bindings = new Map([...bindingsOf(batch), ["frames", batch.frames]]);
  const activations = bytesOf(kept, bindings);
  return { ...(await common(config, params, built.parameters, batch, activations)), labels: targets.labels };
}

function batchOf(
  { batch, data }: CtcConfig | PretrainingRunConfig | ClassificationConfig,
  framesOf: (samples: number) => number,
) {
  const seconds = Math.min(TYPICAL_SECONDS, data.maxSeconds, batch.seconds);
  const clips = Math.max(1, Math.min(batch.clips ?? Infinity, Math.floor(batch.seconds / seconds)));
  return { clips, seconds, frames: framesOf(Math.round(seconds * 16_000)) };
}

function bindingsOf({ clips, seconds, frames }: RunDescription["batch"]): Bindings {
  return new Map([
    ["batch", clips],
    ["samples", Math.round(seconds * 16_000)],
    ["masked", Math.round(clips * frames * 0.49)],
    ["dropoutRows", 0],
    ["dropoutPlaces", 0],
    ["dropoutColumns", 0],
  ]);
}

function bytesOf(values: readonly Value[], bindings: Bindings): number {
  const size = (value: Value) => evaluateShape(value.shape, bindings).reduce((n, dim) => n * dim, 1);
  return values.reduce((sum, value) => sum + size(value) * (value.dtype === "bool" ? 1 : 4), 0);
}

async function common(
  config: CtcConfig | PretrainingRunConfig | ClassificationConfig,
  params: readonly Param[],
  shapes: ReadonlyMap<string, readonly number[]>,
  batch: RunDescription["batch"],
  activations: number,
): Promise<RunDescription> {
  const sizeOf = (shape: readonly number[]) => shape.reduce((n, dim) => n * dim, 1);
  const parameters = params.reduce((sum, { shape }) => sum + sizeOf(shape as readonly number[]), 0); // numbers
  const trained = [...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  const count = async (part: "train" | "dev") =>
    (await Promise.all(config.data[part].map(readEntries))).reduce((sum, { length }) => sum + length, 0);
  return {
    parameters,
    trained,
    entries: { train: await count("train"), dev: await count("dev") },
    secondsPerUpdate: config.batch.seconds * config.batch.accumulate,
    batch,
    // Weights, two moments, gradients and the zeros they start from.
    bytes: { state: 4 * (parameters + 4 * trained), activations },
    shapes,
  };
}
