// Training of a classifier as a run: data, encoder and head, loop and checkpoints of one configuration.
import type { Tensor, Weights } from "@wav2vec/core";
import type { ClassificationConfig } from "../config/classification-config.js";
import { scheduleOf } from "../config/parse-config.js";
import { changeOf } from "../data/augment.js";
import { orderedBatches } from "../data/batches.js";
import { clipReader, type ClipReader } from "../data/clip-reader.js";
import { createRandom } from "../random.js";
import type { TrainingResult } from "../run/events.js";
import { writeModelFolder } from "../run/model-folder.js";
import { openRun } from "../run/resume.js";
import { runLoop } from "../run/run-loop.js";
import { savedWeights, startingWeights } from "../run/starting-point.js";
import type { RunOptions } from "../run/train-ctc.js";
import type { Tensors } from "../trainer/gradient-step.js";
import { createTrainer, type Stage } from "../trainer/trainer.js";
import { keepRows, openLabelled, type LabelledClips } from "./classification-data.js";
import { measure } from "./classification-metrics.js";
import { setUpClassification, type ClassificationSetup, type MakeHead } from "./classification-setup.js";
import { classificationEvaluator, classificationStep, type ClassificationEvaluator } from "./classification-step.js"; // prettier-ignore
import { cutFrozen } from "./frozen-cut.js";
import { encoderSource, rowSource, type ClassificationBatch, type OutputSource } from "./output-source.js";

/** How a classifier's run is made. */
export interface ClassificationRunOptions<T extends Tensor = Tensor> extends RunOptions<
  ClassificationConfig,
  T
> {
  /** A head of one's own in place of a configured one. With the default loss of classes it gives `logits` [batch, labels]. */
  readonly head?: MakeHead;
}

/**
 * Trains a classifier, regressor or embedder on an encoder. Each checkpoint is a model folder. While the encoder is
 * frozen, everything in front of the first trained parameter is computed once for each recording and kept.
 *
 * @throws DefectError, DataError, TrainingError, WeightError, each naming what is wrong
 */
export async function trainClassification<T extends Tensor>(
  options: ClassificationRunOptions<T>,
): Promise<TrainingResult> {
  const reader = clipReader(options.workers ?? 0);
  try {
    return await trainWithReader(options, reader);
  } finally {
    await reader.close();
  }
}

/** The same with a reader that stays open. */
export async function trainWithReader<T extends Tensor>(
  options: ClassificationRunOptions<T>,
  reader: ClipReader,
): Promise<TrainingResult> {
  const { config, backend, out, resume = false, onEvent = () => undefined, signal } = options;
  const resumed = await openRun(out, config, resume);
  const setup = await setUpClassification(config, options.head);
  const { start, recipe, params, isHead, stages, objective } = setup;
  const { train, dev } = await openLabelled(config, setup, reader, onEvent, signal);

  const saved = resumed && (await savedWeights(resumed.folder, params));
  const weights = saved?.weights ?? firstWeights(config, setup);
  const isFrozen = config.parts !== "all";
  const cut = isFrozen ? cutFrozen(start.config, setup.head, stages[0]!.isTrained) : undefined; // one stage
  const kept = cut && (await keepRows(config, setup, cut, backend, weights, { out, onEvent, signal }));
  const trainRows = cut && rowSource(cut, await kept!.of("train", train)); // kept with the cut
  const plain = { normalise: recipe.normalise, rates: {} };
  const devSource =
    dev &&
    (cut
      ? rowSource(cut, await kept!.of("dev", dev)) // as above
      : encoderSource(start.config, setup.head, plain, () => false));

  const trainer = createTrainer<ClassificationBatch, T>({
    backend,
    weights,
    ...(resumed && { moments: resumed.moments }),
    stages,
    optimizer: config.optimizer,
    isHead,
    makeStep(frozen, isTrained) {
      const source = trainRows ?? encoderSource(start.config, setup.head, recipe, isTrained);
      return classificationStep(source, objective, backend, frozen, isTrained, { rematerialise: config.rematerialise }); // prettier-ignore
    },
  });
  const evaluation = dev && devSource && devEvaluation(dev, devSource, setup, options);
  const nothing = new Float32Array(0);
  try {
    const trained = await trainer.prepare(resumed?.state.update ?? 0);
    const sizeOf = (shape: readonly number[]) => shape.reduce((n, dim) => n * dim, 1);
    onEvent({
      type: "start",
      update: resumed?.state.update ?? 0,
      parameters: params.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      trained: [...trained.values()].reduce((sum, shape) => sum + sizeOf(shape), 0),
    });
    return await runLoop({
      out,
      trainer,
      schedule: scheduleOf(config),
      config,
      record: config,
      resumed: resumed?.state,
      data: {
        clips: train.clips,
        batch: {
          samples: config.batch.seconds * 16_000,
          clips: config.batch.clips,
          accumulate: config.batch.accumulate,
        },
        load: (index, seed) =>
          isFrozen ? Promise.resolve(nothing) : train.load(index, changeOf(config.augment ?? {}, seed)),
        collate: (indices, clips) => ({ ...batchOf(train, indices), clips }),
      },
      ...(evaluation && { evaluate: (update: number) => evaluation.run(trainer.stageAt(update - 1), trainer.weights(), trainer.parameters()) }), // prettier-ignore
      writeModel: (folder, now) => writeModelFolder(folder, describe(setup), now),
      onEvent,
      signal,
    });
  } finally {
    evaluation?.dispose();
    trainer.dispose();
    kept?.dispose();
    await Promise.all([saved?.close(), resumed?.close(), start.checkpoint?.close()]);
  }
}

/** Of the checkpoint; the head's drawn anew unless the checkpoint has this head with these labels. */
function firstWeights(
  config: ClassificationConfig,
  { start, params, isHead, targets }: ClassificationSetup,
): Weights {
  const before: unknown = start.checkpoint?.config?.["id2label"];
  const isSame = JSON.stringify(before) === JSON.stringify(Object.fromEntries(targets.labels.map((label, id) => [String(id), label]))); // prettier-ignore
  const fits = params.every(({ name, shape }) => !isHead(name) || start.checkpoint?.weights.get(name)?.shape.join() === shape.join()); // prettier-ignore
  return startingWeights(params, start, createRandom(config.seed), {
    isHead,
    mayBeNew: (name) => isHead(name) || name === "masked_spec_embed",
    mustBeNew: (name) => isHead(name) && !(isSame && fits),
  });
}

function describe({ start, recipe, architecture, isHead }: ClassificationSetup) {
  return { config: start.fields, normalise: recipe.normalise, architecture, isHead };
}

function batchOf({ clips, targets }: LabelledClips, indices: Int32Array) {
  return {
    names: Array.from(indices, (i) => clips[i]!.name), // indices of the clips
    indices,
    targets: Array.from(indices, (i) => targets[i]!), // as above
  };
}

/** What the dev part says of the present weights; compiled once for each stage. */
function devEvaluation<T extends Tensor>(
  dev: LabelledClips,
  source: OutputSource,
  { objective, targets }: ClassificationSetup,
  { config, backend }: ClassificationRunOptions<T>,
) {
  const batches = orderedBatches(dev.clips.map(({ samples }) => samples), { samples: config.batch.seconds * 16_000, clips: config.batch.clips }); // prettier-ignore
  const order = batches.flatMap((indices) => [...indices]);
  async function* load(): AsyncGenerator<ClassificationBatch> {
    for (const indices of batches) {
      const clips = config.parts === "all" ? await Promise.all(Array.from(indices, (i) => dev.load(i))) : [];
      yield { ...batchOf(dev, indices), clips };
    }
  }
  const ordered = <V>(values: readonly V[]) => order.map((i) => values[i]!); // indices of the clips
  const right = {
    targets: ordered(dev.targets),
    classes: ordered(dev.classes),
    sources: ordered(dev.sources),
  };
  let compiled: { stage: Stage; evaluator: ClassificationEvaluator<T> } | undefined;
  return {
    async run(stage: Stage, weights: Weights, parameters: Tensors<T>) {
      if (compiled?.stage !== stage) {
        compiled?.evaluator.dispose();
        compiled = { stage, evaluator: await classificationEvaluator(source, objective, backend, weights, stage.isTrained) }; // prettier-ignore
      }
      return measure(await compiled.evaluator.run(load(), parameters), right, config.target, targets.labels);
    },
    dispose: () => compiled?.evaluator.dispose(),
  };
}
