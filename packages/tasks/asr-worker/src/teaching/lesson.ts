// Teaches a model new words: fine-tunes it with CTC on a handful of labelled clips, stops, goes on, gives weights back.
import { acousticModel, type AcousticModel } from "@wav2vec/asr";
import { bindModel, openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import { graph, parseConfig, type Backend, type Weights } from "@wav2vec/core";
import {
  augment,
  createRandom,
  createTrainer,
  ctcStep,
  ctcTrainingValues,
  type CtcRecipe,
} from "@wav2vec/training";
import type { LabelledClip, LessonOptions, LessonUpdate } from "../protocol.js";
import { lessonClips } from "./lesson-clips.js";
import { lessonFolder } from "./lesson-folder.js";
import { zipFolder } from "./zip-folder.js";

/** A model that is being taught. */
export interface Lesson {
  /** What each clip teaches, as the model writes it. */
  readonly texts: readonly string[];
  /** Numbers that learn. */
  readonly learning: number;
  /**
   * Goes on for so many updates.
   *
   * @param onUpdate is waited for after each update: only then can a worker hear that it shall stop
   * @throws DivergedError if the loss is no number any more; the weights are those before that update
   */
  train(
    updates: number,
    signal: AbortSignal,
    onUpdate: (update: LessonUpdate) => void | Promise<void>,
  ): Promise<void>;
  /** The model as it is now; it belongs to the lesson. */
  taught(): Promise<AcousticModel>;
  /**
   * The model as it is now, as a Hugging Face folder in a zip file.
   *
   * @param folder its name
   */
  zip(folder: string): Promise<Blob>;
  dispose(): void;
}

/** What every update hears: enough voices at once for a steady gradient, few enough for a page. */
const CLIPS_PER_UPDATE = 5;
const WARMUP_UPDATES = 5;
/** Measured with `models/en-tiny`, see the README. */
const RATES = { all: 2e-4, head: 2e-3 } as const;

/**
 * Compiles what learning needs.
 *
 * @param clips what shall be learnt
 * @throws LessonError if a clip cannot be learnt
 */
export async function startLesson(
  checkpoint: Checkpoint,
  { vocabulary, samplesPerFrame, receptiveField }: AcousticModel,
  backend: Backend,
  clips: readonly LabelledClip[],
  { parts = "all", known = [] }: LessonOptions,
): Promise<Lesson> {
  const requirements = { vocabulary, samplesPerFrame, receptiveField };
  const lesson = await lessonClips(clips, requirements);
  const review = known.length > 0 ? await lessonClips(known, requirements) : [];
  const config = { ...parseConfig(checkpoint.config), padTokenId: vocabulary.blank };
  const recipe = recipeOf(checkpoint);
  const { params } = graph({ logits: ctcTrainingValues(config, recipe).logits });
  const own = params.map(({ name, shape }) => ({ name, shape: shape as readonly number[] })); // shapes of parameters are numbers
  const { weights } = bindModel(own, checkpoint, config, { ignore: [/^masked_spec_embed$/] });
  const isTrained = (name: string) =>
    parts === "head" ? name.startsWith("lm_head.") : !name.startsWith("feature_extractor.");
  const trainer = createTrainer({
    backend,
    weights,
    stages: [{ from: 0, isTrained }],
    optimizer: { betas: [0.9, 0.98], eps: 1e-8, epsRule: "torch", weightDecay: 0, clip: 1, headRate: 1 },
    makeStep: (frozen, learns) => ctcStep(config, recipe, backend, frozen, learns),
  });
  const learning = await trainer.prepare(0);
  const random = createRandom(1);
  let done = 0;
  let compiled: { readonly at: number; readonly model: AcousticModel } | undefined;

  const texts = lesson.map(({ text }) => text);
  const folderNow = () => {
    const embedding = checkpoint.weights.get("masked_spec_embed"); // where no mask asks for it
    const kept: Weights = embedding ? new Map([["masked_spec_embed", embedding]]) : new Map();
    return lessonFolder(checkpoint, new Map([...kept, ...trainer.weights()]), texts);
  };

  async function* batch() {
    const count = Math.min(CLIPS_PER_UPDATE, lesson.length);
    const chosen = Array.from(random.choose(lesson.length, count), (i) => lesson[i]!); // indices of the clips
    if (review.length > 0) chosen.push(review[random.below(review.length)]!); // as above
    yield {
      names: chosen.map(({ name }) => name),
      clips: chosen.map(({ samples }) => augment(samples, AUGMENTATION, random)),
      labels: chosen.map(({ labels }) => labels),
    };
  }

  return {
    texts,
    learning: [...learning.values()].reduce((sum, shape) => sum + shape.reduce((n, dim) => n * dim, 1), 0),
    async train(updates, signal, onUpdate) {
      for (let i = 0; i < updates && !signal.aborted; i++) {
        const rate = RATES[parts] * Math.min(1, (done + 1) / WARMUP_UPDATES);
        const begun = performance.now();
        const { metrics } = await trainer.step(done, batch(), rate, random);
        done++;
        await onUpdate({ update: done, loss: metrics["loss"]!, milliseconds: performance.now() - begun }); // ctcStep gives it
      }
    },
    async taught() {
      if (compiled?.at === done) return compiled.model;
      compiled?.model.dispose();
      compiled = undefined;
      // Through the files that are saved, so that what is heard here is what they give elsewhere.
      const model = await acousticModel(await openCheckpoint(await folderNow()), backend);
      compiled = { at: done, model };
      return model;
    },
    zip: async (folder) => zipFolder(folder, await folderNow()),
    dispose() {
      compiled?.model.dispose();
      trainer.dispose();
    },
  };
}

/** Tape speed, silence and noise: ten clips are few, and no update hears the same. */
const AUGMENTATION = { speed: [0.9, 1.1], silenceSeconds: 0.1, noise: [0, 0.003, 0.01, 0.03] } as const;

function recipeOf({ preprocessor, weights }: Checkpoint): CtcRecipe {
  const hasMask = weights.has("masked_spec_embed");
  return {
    normalise: preprocessor?.doNormalize ?? true,
    rates: { hidden: 0.1, attention: 0.1 },
    finalDropout: 0.1,
    ...(hasMask && { timeMask: { probability: 0.1, length: 5, minSpans: 1 } }),
    perLabel: true,
    rematerialise: false,
  };
}
