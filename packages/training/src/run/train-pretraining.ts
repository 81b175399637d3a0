// Contrastive pre-training as a run: unlabelled recordings, model, loop, collapse monitor.
import { frameCount, graph, parsePretrainingConfig, receptiveField, type Backend, type Param, type PretrainingConfig, type Tensor } from "@wav2vec/core"; // prettier-ignore
import { parsePretrainingRunConfig, scheduleOf } from "../config/parse-config.js";
import type { PretrainingRunConfig } from "../config/pretraining-config.js";
import { orderedBatches } from "../data/batches.js";
import { openChanges } from "../data/clip-change.js";
import { clipReader } from "../data/clip-reader.js";
import type { Clips } from "../data/clips.js";
import { createRandom, type Random } from "../random.js";
import { latentTemperature } from "../schedules.js";
import { pretrainingEvaluator, pretrainingStep, pretrainingValues, type PretrainingBatch, type PretrainingRecipe } from "../trainer/pretraining-step.js"; // prettier-ignore
import { createTrainer } from "../trainer/trainer.js";
import { judgeCollapse } from "./collapse-monitor.js";
import type { TrainingResult } from "./events.js";
import { writeModelFolder } from "./model-folder.js";
import { openRun } from "./resume.js";
import { openParts, readingNoise } from "./run-data.js";
import { runLoop, type Evaluated } from "./run-loop.js";
import { openStart, savedWeights, startingWeights, type StartingPoint } from "./starting-point.js";
import { sharingOf, type RunOptions } from "./train-ctc.js";
import { withCleanup, type AtEnd } from "./with-cleanup.js";

/** A model that a configuration describes, ready to be trained. */
export interface PretrainingSetup {
  readonly start: StartingPoint;
  readonly quantiser: PretrainingConfig;
  readonly recipe: PretrainingRecipe;
  readonly params: readonly Param[];
}

/** Works out model and recipe; reads no audio. The checkpoint is open until the end. */
export async function setUpPretraining(
  config: PretrainingRunConfig,
  atEnd: AtEnd,
): Promise<PretrainingSetup> {
  const start = await openStart(config.init, config.model, atEnd);
  const quantiser = parsePretrainingConfig(start.fields);
  const { projection, hidden, attention, activation, layer, features } = config.dropout;
  const recipe: PretrainingRecipe = {
    normalise: config.normalise ?? start.normalise,
    objective: config.objective,
    penaltyWeight: config.penaltyWeight,
    featureGradient: config.featureGradient,
    rates: { projection, hidden, attention, activation, layer },
    featureDropout: features,
    timeMask: config.masks.time,
    channelMask: config.masks.channel,
    rematerialise: config.rematerialise,
  };
  const { params } = graph(pretrainingValues(start.config, quantiser, recipe, true).outputs);
  return { start, quantiser, recipe, params };
}

/**
 * Pre-trains a model. Clips of a batch are cut at random to the shortest, as fairseq does. Each report carries a
 * verdict on whether the codes collapse.
 *
 * @throws DataError, DefectError, TrainingError, WeightError, each naming what is wrong
 */
export function trainPretraining<T extends Tensor>(
  options: RunOptions<PretrainingRunConfig, T>,
): Promise<TrainingResult> {
  return withCleanup((atEnd) => run(options, atEnd));
}

async function run<T extends Tensor>(
  options: RunOptions<PretrainingRunConfig, T>,
  atEnd: AtEnd,
): Promise<TrainingResult> {
  const { config, backend, out, onEvent = () => undefined, signal } = options;
  const reader = clipReader(options.workers ?? 0);
  atEnd(() => reader.close());
  const resumed = await openRun(options, parsePretrainingRunConfig, atEnd);
  const setup = await setUpPretraining(config, atEnd);
  const { start, quantiser, recipe, params } = setup;
  const requirements = {
    framesOf: (samples: number) => frameCount(samples, start.config),
    reader,
    shortest: shortestClip(setup),
  };
  const changeOf = await openChanges(config.augment, reader, readingNoise(onEvent), signal);
  const { train, dev } = await openParts(config.data, requirements, onEvent, signal);

  const mayBeNew = (name: string) => /^(masked_spec_embed|quantizer\.|project_q\.|project_hid\.)/.test(name);
  const weights = resumed
    ? await savedWeights(resumed.folder, params, atEnd)
    : startingWeights(params, start, createRandom(config.seed), { mayBeNew });
  const temperatureAt = latentTemperature(config.temperature);
  let update = resumed?.state.update ?? 0; // the temperature of a batch is that of its update
  const trainer = createTrainer<PretrainingBatch, T>({
    backend,
    weights,
    ...(resumed && { moments: resumed.moments }),
    stages: [{ from: 0, isTrained: () => true }],
    optimizer: config.optimizer,
    makeStep: (frozen) =>
      pretrainingStep(start.config, quantiser, recipe, backend, frozen, sharingOf(options)),
  });
  atEnd(() => trainer.dispose());
  const evaluation = dev && (await devEvaluation(dev, setup, config, backend));
  atEnd(() => evaluation?.dispose());
  return runLoop({
    out,
    trainer,
    schedule: (step) => {
      update = step;
      return scheduleOf(config)(step);
    },
    config,
    params,
    resumed: resumed?.state,
    data: {
      clips: train.clips,
      load: (index, seed) => train.load(index, changeOf(seed)),
      collate: (indices, clips, random) => ({
        names: Array.from(indices, (i) => train.clips[i]!.name), // indices of the clips
        clips: cropped(clips, random),
        temperature: temperatureAt(update),
      }),
    },
    ...(evaluation && { evaluate: () => evaluation.run(trainer.parameters()) }),
    monitor: (at, means) => ({
      type: "monitor",
      update: at,
      verdict: judgeCollapse({ ...signsOf(means), temperature: temperatureAt(at) }, quantiser),
    }),
    writeModel: (folder, now) =>
      writeModelFolder(folder, { config: start.fields, normalise: recipe.normalise }, now),
    onEvent,
    signal,
  });
}

/** Samples that surely hold two masked frames: a span and one frame more. */
function shortestClip({ start, recipe }: PretrainingSetup): number {
  let samples = receptiveField(start.config);
  while (frameCount(samples, start.config) < recipe.timeMask.length + 2) samples += 160;
  return samples;
}

function signsOf(means: Readonly<Record<string, number>>) {
  const { codePerplexity = 0, probPerplexity = 0, accuracy = 0, identicalShare = 0, norm = 0 } = means;
  return { codePerplexity, probPerplexity, accuracy, identicalShare, norm };
}

/** All clips as long as the shortest, each from a random start. */
function cropped(clips: readonly Float32Array[], random: Random): Float32Array[] {
  const shortest = Math.min(...clips.map(({ length }) => length));
  return clips.map((clip) => {
    const start = random.below(clip.length - shortest + 1);
    return clip.subarray(start, start + shortest);
  });
}

/** The objective on the dev part; masks and negatives are the same each time. */
async function devEvaluation<T extends Tensor>(
  dev: Clips,
  { start, quantiser, recipe }: PretrainingSetup,
  config: PretrainingRunConfig,
  backend: Backend<T>,
) {
  const none = new Map(); // every parameter is an input
  const evaluator = await pretrainingEvaluator(start.config, quantiser, recipe, backend, none);
  const batches = orderedBatches(dev.clips, config.batch);
  async function* load(random: Random): AsyncGenerator<PretrainingBatch> {
    for (const indices of batches) {
      const clips = await Promise.all(Array.from(indices, (i) => dev.load(i)));
      yield {
        names: Array.from(indices, (i) => dev.clips[i]!.name),
        clips: cropped(clips, random),
        temperature: 1,
      }; // indices of the clips
    }
  }
  return {
    async run(parameters: Readonly<Record<string, T>>): Promise<Evaluated> {
      const random = createRandom(config.seed);
      const metrics = await evaluator.run(load(random), parameters, random);
      return { score: metrics["loss"] ?? Infinity, metrics };
    },
    dispose: () => evaluator.dispose(),
  };
}
