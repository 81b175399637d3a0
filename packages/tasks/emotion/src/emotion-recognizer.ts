// How something is said: emotion categories, or dimensions such as arousal, whichever the checkpoint was trained for.
import type { Checkpoint } from "@wav2vec/checkpoints";
import {
  parseHeadConfig,
  receptiveField,
  regressionHead,
  sequenceClassificationHead,
  type Backend,
  type Head,
} from "@wav2vec/core";
import {
  isSilent,
  openHead,
  piecesOf,
  problemTypeOf,
  rankedScores,
  readClip,
  type Recording,
  type Score,
  type TimelineOptions,
} from "@wav2vec/heads";
import { emotionCurve } from "./emotion-curve.js";

/** What was heard. */
export type Emotion =
  /** Each category with its probability, most likely first; several may be likely if the model was trained so. */
  | { readonly kind: "categories"; readonly categories: readonly Score[] }
  /** Each dimension by the checkpoint's name, e.g. arousal, dominance, valence; about 0 to 1. */
  | { readonly kind: "dimensions"; readonly dimensions: Readonly<Record<string, number>> };

/** What was heard in one piece of a recording; times in seconds. */
export interface EmotionPiece {
  readonly start: number;
  readonly end: number;
  readonly emotion: Emotion;
}

/** An emotion recogniser that is ready to work; dispose of it when done. */
export interface EmotionRecognizer {
  readonly kind: Emotion["kind"];
  /** Names of categories or dimensions, in the model's order. */
  readonly labels: readonly string[];
  /** @throws AudioError if the recording cannot be read or has less than one frame */
  recognize(recording: Recording): Promise<Emotion>;
  /** The same for each piece of a long recording. */
  timeline(recording: Recording, options?: TimelineOptions): AsyncGenerator<EmotionPiece>;
  /**
   * A smooth curve over a long recording: windows of `windowSeconds` (default 4) each `hopSeconds` (default a quarter
   * window), and at each moment the mean of the windows over it. Silent windows are left out, and with them time that
   * no other covers.
   *
   * @throws RangeError for windows shorter than a frame, or a hop that is none or longer than a window
   */
  curve(recording: Recording, options?: TimelineOptions): Promise<EmotionPiece[]>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes an emotion recogniser: of a Hugging Face sequence-classification checkpoint, which predicts dimensions if its
 * `problem_type` is regression, or of one in audeering's layout (`classifier.dense`, `classifier.out_proj`), which always does.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function createEmotionRecognizer({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<EmotionRecognizer> {
  const opened = await openHead<"logits" | "values">({ model, backend, head: headOf });
  const { labels } = parseHeadConfig(opened.checkpoint.config);
  const problem = problemTypeOf(opened.checkpoint);
  const kind = hasRegressionHead(opened.checkpoint) || problem === "regression" ? "dimensions" : "categories";
  const exclusive = problem !== "multi_label_classification";

  const emotionOf = (
    outputs: Partial<Record<"logits" | "values", { readonly data: Float32Array }>>,
  ): Emotion => {
    const { data } = (outputs.values ?? outputs.logits)!; // a head gives one of the two
    return kind === "categories"
      ? { kind, categories: rankedScores(data, labels, { exclusive }) }
      : { kind, dimensions: Object.fromEntries(labels.map((label, i) => [label, data[i]!])) }; // one for each label
  };
  return {
    kind,
    labels,
    async recognize(recording) {
      const [outputs] = await opened.run([recording]);
      return emotionOf(outputs!); // one recording in, one answer out
    },
    async *timeline(recording, options) {
      for await (const { start, end, outputs } of opened.timeline(recording, options))
        yield { start, end, emotion: emotionOf(outputs) };
    },
    async curve(recording, { windowSeconds = 4, hopSeconds = windowSeconds / 4 } = {}) {
      if (hopSeconds > windowSeconds) {
        throw new RangeError(
          `curve: hopSeconds is ${hopSeconds}, windowSeconds ${windowSeconds}; expected windows that touch or overlap`,
        );
      }
      const least = receptiveField(opened.config);
      const pieces = piecesOf(await readClip(recording, least), least, { windowSeconds, hopSeconds });
      const windows: EmotionPiece[] = [];
      for (const { samples, start, end } of pieces) {
        if (isSilent(samples)) continue;
        const [outputs] = await opened.run([samples]);
        windows.push({ start, end, emotion: emotionOf(outputs!) }); // one clip in, one answer out
      }
      return emotionCurve(windows);
    },
    dispose: () => opened.dispose(),
  };
}

function hasRegressionHead({ weights }: Checkpoint): boolean {
  return weights.has("classifier.out_proj.weight");
}

function headOf(checkpoint: Checkpoint): Head<"logits" | "values"> {
  problemTypeOf(checkpoint); // refuses an unknown one before anything is compiled
  const config = parseHeadConfig(checkpoint.config);
  const head = hasRegressionHead(checkpoint) ? regressionHead(config) : sequenceClassificationHead(config);
  return head as Head<"logits" | "values">; // gives one of the two; emotionOf reads the one there is
}
