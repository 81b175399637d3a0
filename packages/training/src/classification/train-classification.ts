// Training of a classifier as a run: data, encoder and head, loop and checkpoints of one configuration.
import type { Tensor, Weights } from "@wav2vec/core";
import type { ClassificationConfig } from "../config/classification-config.js";
import { parseClassificationConfig, scheduleOf } from "../config/parse-config.js";
import { orderedBatches } from "../data/batches.js";
import { openChanges } from "../data/clip-change.js";
import { clipReader, type ClipReader } from "../data/clip-reader.js";
import { createRandom } from "../random.js";
import type { TrainingResult } from "../run/events.js";
import { writeModelFolder } from "../run/model-folder.js";
import { openRun } from "../run/resume.js";
import { readingNoise } from "../run/run-data.js";
import { runLoop } from "../run/run-loop.js";
import { savedWeights, startingWeights } from "../run/starting-point.js";
import { sharingOf, type RunOptions } from "../run/train-ctc.js";
import { withCleanup, type AtEnd } from "../run/with-cleanup.js";
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
export function trainClassification<T extends Tensor>(
  options: ClassificationRunOptions<T>,
): Promise<TrainingResult> {
  return withCleanup((atEnd) => {
    const reader = clipReader(options.workers ?? 0);
    atEnd(() => reader.close());
    return run(options, reader, atEnd);
  });
}

/** The same with a reader that stays open. */
export function trainWithReader<T extends Tensor>(
  options: ClassificationRunOptions<T>,
  reader: ClipReader,
): Promise<TrainingResult> {
  return withCleanup((atEnd) => run(options, reader, atEnd));
}

async function run<T extends Tensor>(
  options: ClassificationRunOptions<T>,
  reader: ClipReader,
  atEnd: AtEnd,
): Promise<TrainingResult> {
  const { config, backend, out, onEvent = () => undefined, signal } = options;
  const resumed = await openRun(options, parseClassificationConfig, atEnd);
  const setup = await setUpClassification(config, atEnd, options.head);
  const { start, recipe, params, isHead, stages, objective } = setup;
  const changeOf = await openChanges(config.augment ?? {}, reader, readingNoise(onEvent), signal);
  const { train, dev } = await openLabelled(config, setup, reader, onEvent, signal);

  const weights = resumed ? await savedWeights(resumed.folder, params, atEnd) : firstWeights(config, setup);
  const isFrozen = config.parts !== "all";
  const cut = isFrozen ? cutFrozen(start.config, setup.head, stages[0]!.isTrained) : undefined; // one stage
  const kept = cut && (await keepRows(config, setup, cut, backend, weights, { out, onEvent, signal }));
  atEnd(() => kept?.dispose());
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
      return classificationStep(source, objective, backend, frozen, isTrained, { rematerialise: config.rematerialise, sharing: sharingOf(options) }); // prettier-ignore
    },
  });
  atEnd(() => trainer.dispose());
  const evaluation = dev && devSource && devEvaluation(dev, devSource, setup, options);
  atEnd(() => evaluation?.dispose());
  const nothing = new Float32Array(0);
  return runLoop({
    out,
    trainer,
    schedule: scheduleOf(config),
    config,
    params,
    resumed: resumed?.state,
    data: {
      clips: train.clips,
      load: (index, seed) => (isFrozen ? Promise.resolve(nothing) : train.load(index, changeOf(seed))),
      collate: (indices, clips) => ({ ...batchOf(train, indices), clips }),
    },
    ...(evaluation && { evaluate: (update: number) => evaluation.run(trainer.stageAt(update - 1), trainer.weights(), trainer.parameters()) }), // prettier-ignore
    writeModel: (folder, now) => writeModelFolder(folder, describe(setup), now),
    onEvent,
    signal,
  });
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
  const batches = orderedBatches(dev.clips, config.batch);
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
