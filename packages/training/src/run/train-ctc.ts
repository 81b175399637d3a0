// Fine-tuning for recognition as a run: data, model, loop and checkpoints of one configuration.
import {
  frameCount,
  graph,
  receptiveField,
  type Backend,
  type Param,
  type Tensor,
  type Weights,
} from "@wav2vec/core";
import type { Vocabulary } from "@wav2vec/decoders";
import type { CtcConfig } from "../config/ctc-config.js";
import type { BatchFields } from "../config/fields.js";
import { parseCtcConfig, scheduleOf } from "../config/parse-config.js";
import { orderedBatches } from "../data/batches.js";
import { openChanges } from "../data/clip-change.js";
import { clipReader } from "../data/clip-reader.js";
import { joinClips } from "../data/join-clips.js";
import type { Clips } from "../data/clips.js";
import { createRandom } from "../random.js";
import { ctcEvaluator, type CtcEvaluationBatch, type CtcEvaluator } from "../trainer/ctc-evaluation.js";
import { ctcStep, ctcTrainingValues, type CtcRecipe, type CtcTrainingBatch } from "../trainer/ctc-step.js";
import type { Replicas, Sharing } from "../trainer/replicas.js";
import { createTrainer, type Stage } from "../trainer/trainer.js";
import { TrainingError, type TrainingEvent, type TrainingResult } from "./events.js";
import { keepFeatures, refuseChangingFeatures } from "./kept-features.js";
import { writeModelFolder } from "./model-folder.js";
import { openRun } from "./resume.js";
import { openParts, readingNoise } from "./run-data.js";
import { runLoop } from "./run-loop.js";
import { chooseVocabulary, isNewLanguage, tokenIds } from "./run-vocabulary.js";
import { keepSharedTokens } from "./shared-tokens.js";
import { openStart, savedWeights, startingWeights, type StartingPoint } from "./starting-point.js";
import { withCleanup, type AtEnd } from "./with-cleanup.js";

/** How a run is made. */
export interface RunOptions<C, T extends Tensor = Tensor> {
  readonly config: C;
  readonly backend: Backend<T>;
  /** Folder of the run: `checkpoints`, `best`, `last`, `metrics.jsonl`. */
  readonly out: string;
  /** Go on with the run in `out`, if there is one; otherwise that is an error. Default false. */
  readonly resume?: boolean;
  /** Threads that decode and change recordings meanwhile; default 0. The result is the same with any number. */
  readonly workers?: number;
  /** Threads that compute parts of batches where `batch.replicas` cuts them; the result is the same without. */
  readonly replicas?: Replicas | undefined;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Ends the run after the present update, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** A model that a configuration describes, ready to be trained. */
export interface CtcSetup {
  readonly start: StartingPoint;
  readonly recipe: CtcRecipe;
  readonly tokens: readonly string[];
  /** Of the model in training form, the mask embedding included where masks are on. */
  readonly params: readonly Param[];
  readonly stages: readonly Stage[];
}

/** Where features are kept, recordings are not needed any more. */
const NOTHING = new Float32Array(0);
const HEAD = /^lm_head\./;

/** Works out model, vocabulary and stages; reads no audio. The checkpoint is open until the end. */
export async function setUpCtc(config: CtcConfig, atEnd: AtEnd): Promise<CtcSetup> {
  refuseChangingFeatures(config);
  const opened = await openStart(config.init, config.model, atEnd);
  const tokens = await chooseVocabulary(config, opened);
  const { time, channel } = config.masks;
  const fields = {
    ...opened.fields,
    vocab_size: tokens.length,
    pad_token_id: Math.max(0, tokens.indexOf("<pad>")),
    apply_spec_augment: time !== undefined || channel !== undefined,
    mask_time_prob: time?.probability ?? 0,
    mask_time_length: time?.length ?? 10,
    mask_feature_prob: channel?.probability ?? 0,
    mask_feature_length: channel?.length ?? 10,
    ctc_zero_infinity: true,
  };
  const start = {
    ...opened,
    fields,
    config: { ...opened.config, vocabSize: tokens.length, padTokenId: fields.pad_token_id },
  };
  const { projection, hidden, attention, activation, layer, final } = config.dropout;
  const recipe: CtcRecipe = {
    normalise: start.normalise,
    rates: { projection, hidden, attention, activation, layer },
    finalDropout: final,
    timeMask: time,
    channelMask: channel,
    perLabel: config.perLabel,
    rematerialise: config.rematerialise,
  };
  const { params } = graph({ logits: ctcTrainingValues(start.config, recipe).logits });
  return { start, recipe, tokens, params, stages: stagesOf(config, params) };
}

/** Only the head before `freezeEncoderUpdates`; then what `parts` says. */
function stagesOf(
  { parts, language, freezeFeatureEncoder, freezeEncoderUpdates }: CtcConfig,
  params: readonly Param[],
): Stage[] {
  const isHead = (name: string) => HEAD.test(name);
  const isAdapter = (name: string) => isHead(name) || name.includes(".adapter_layer.");
  const hasAdapters = params.some(({ name }) => name.includes(".adapter_layer."));
  for (const [asks, key] of [[parts === "adapters", "parts is adapters"], [language !== undefined, "language is set"]] as const) // prettier-ignore
    if (asks && !hasAdapters)
      throw new TrainingError(`${key}, but the model has no adapters; set model.adapter_attn_dim, or start from an MMS model`); // prettier-ignore
  const isBody = (name: string) => !(freezeFeatureEncoder && name.startsWith("feature_extractor."));
  const isTrained = parts === "head" ? isHead : parts === "adapters" ? isAdapter : isBody;
  if (freezeEncoderUpdates === 0 || parts === "head") return [{ from: 0, isTrained }];
  return [
    { from: 0, isTrained: isHead },
    { from: freezeEncoderUpdates, isTrained },
  ];
}

/**
 * Trains a recogniser. Each checkpoint is a model folder; a run that was stopped, or killed, goes on to the same
 * weights to the bit with `resume`.
 *
 * @throws DefectError, DataError, TrainingError, WeightError, each naming what is wrong
 */
export function trainCtc<T extends Tensor>(options: RunOptions<CtcConfig, T>): Promise<TrainingResult> {
  return withCleanup((atEnd) => run(options, atEnd));
}

async function run<T extends Tensor>(
  options: RunOptions<CtcConfig, T>,
  atEnd: AtEnd,
): Promise<TrainingResult> {
  const { config, backend, out, onEvent = () => undefined, signal } = options;
  const reader = clipReader(options.workers ?? 0);
  atEnd(() => reader.close());
  const resumed = await openRun(options, parseCtcConfig, atEnd);
  const setup = await setUpCtc(config, atEnd);
  const { start, recipe, tokens, params, stages } = setup;
  const requirements = {
    spelling: { ids: tokenIds(tokens), rules: config.data.text },
    framesOf: (samples: number) => frameCount(samples, start.config),
    reader,
    shortest: receptiveField(start.config),
  };
  const { join, ...changes } = config.augment;
  const changeOf = await openChanges(changes, reader, readingNoise(onEvent), signal);
  const { train, dev } = await openParts(config.data, requirements, onEvent, signal);

  const weights = resumed
    ? await savedWeights(resumed.folder, params, atEnd)
    : await weightsToStartFrom(config, setup);
  const { cache } = config;
  const kept = cache && (await keepFeatures({ ...config, cache }, setup, train, backend, weights, { out, onEvent, signal })); // prettier-ignore
  atEnd(() => kept?.dispose());
  const trainer = createTrainer<CtcTrainingBatch, T>({
    backend,
    weights,
    ...(resumed && { moments: resumed.moments }),
    stages,
    optimizer: config.optimizer,
    makeStep: (frozen, isTrained) =>
      ctcStep(start.config, recipe, backend, frozen, isTrained, {
        source: kept?.source,
        sharing: sharingOf(options),
      }),
  });
  atEnd(() => trainer.dispose());
  const evaluation = dev && devEvaluation(dev, setup, config, backend);
  atEnd(() => evaluation?.dispose());
  return runLoop({
    out,
    trainer,
    schedule: scheduleOf(config),
    config,
    params,
    resumed: resumed?.state,
    data: {
      clips: train.clips,
      load: (index, seed) => (kept ? Promise.resolve(NOTHING) : train.load(index, changeOf(seed))),
      collate: (indices, clips, random) => {
        const batch = {
          names: Array.from(indices, (i) => train.clips[i]!.name), // indices of the clips
          clips: kept ? [] : clips,
          indices,
          labels: Array.from(indices, (i) => train.clips[i]!.labels),
        };
        return join ? joinClips(batch, delimiterOf(tokens), join, random) : batch;
      },
    },
    ...(evaluation && { evaluate: (update: number) => evaluation.run(trainer.stageAt(update - 1), trainer.weights(), trainer.parameters()) }), // prettier-ignore
    writeModel: (folder, now) =>
      writeModelFolder(folder, { config: start.fields, normalise: start.normalise, tokens, language: config.language }, now), // prettier-ignore
    onEvent,
    signal,
  });
}

/** How the steps of a run share out their batches. */
export function sharingOf({
  config,
  replicas,
}: Pick<RunOptions<{ readonly batch: BatchFields }>, "config" | "replicas">): Sharing {
  return { parts: config.batch.replicas, replicas };
}

/** Those of the checkpoint; the head is drawn where the vocabulary is another one, but for symbols that both have. */
async function weightsToStartFrom(config: CtcConfig, { start, params, tokens }: CtcSetup): Promise<Weights> {
  const { checkpoint } = start;
  const isOtherLanguage = checkpoint !== undefined && isNewLanguage(config, checkpoint);
  const isNewHead =
    checkpoint?.weights.get("lm_head.weight")?.shape[0] !== tokens.length ||
    config.vocabulary !== undefined ||
    isOtherLanguage;
  const weights = startingWeights(params, start, createRandom(config.seed), {
    mayBeNew: (name) => HEAD.test(name) || name === "masked_spec_embed" || name.includes(".adapter_layer."),
    mustBeNew: (name) => isNewHead && HEAD.test(name),
  });
  return isNewHead && checkpoint && !isOtherLanguage
    ? keepSharedTokens(weights, checkpoint, tokens)
    : weights;
}

/** Id of what stands between words. */
function delimiterOf(tokens: readonly string[]): number | undefined {
  return tokens.includes("|") ? tokens.indexOf("|") : undefined;
}

/** Greedy error rates on the dev part; compiled once for each stage. */
function devEvaluation<T extends Tensor>(
  dev: Clips,
  { start, recipe, tokens }: CtcSetup,
  config: CtcConfig,
  backend: Backend<T>,
) {
  const special = tokens.flatMap((token, id) =>
    /^<.+>$/.test(token) && id !== start.config.padTokenId ? [id] : [],
  );
  const delimiter = delimiterOf(tokens);
  const vocabulary: Vocabulary = {
    tokens,
    blank: start.config.padTokenId,
    ...(delimiter !== undefined && { wordDelimiter: delimiter }),
    special,
  };
  const batches = orderedBatches(dev.clips, config.batch);
  async function* load(): AsyncGenerator<CtcEvaluationBatch> {
    for (const indices of batches) {
      const own = Array.from(indices, (i) => dev.clips[i]!); // indices of the clips
      yield {
        names: own.map(({ name }) => name),
        clips: await Promise.all(Array.from(indices, (i) => dev.load(i))),
        labels: own.map(({ labels }) => labels),
        texts: own.map(({ text }) => text),
      };
    }
  }
  let compiled: { stage: Stage; evaluator: CtcEvaluator<T> } | undefined;
  return {
    async run(stage: Stage, weights: Weights, parameters: Readonly<Record<string, T>>) {
      if (compiled?.stage !== stage) {
        compiled?.evaluator.dispose();
        const settings = { isTrained: stage.isTrained, normalise: recipe.normalise };
        compiled = {
          stage,
          evaluator: await ctcEvaluator(start.config, vocabulary, backend, weights, settings),
        };
      }
      const { wer, cer, loss } = await compiled.evaluator.run(load(), parameters);
      // Equal word error rates, such as 1 at the start, are told apart by the loss.
      return { score: wer + 1e-6 * Math.min(loss, 1000), metrics: { wer, cer, loss } };
    },
    dispose: () => compiled?.evaluator.dispose(),
  };
}
