// Who speaks when, by a model that hears each of a few speakers in every frame: speech at once included.
import type { Checkpoint } from "@wav2vec/checkpoints";
import {
  frameClassificationHead,
  parseConfig,
  parseHeadConfig,
  receptiveField,
  samplesPerFrame,
  type Backend,
} from "@wav2vec/core";
import { openHead, problemTypeOf, readClip, sigmoid, softmax, type Recording } from "@wav2vec/heads";
import type { SpeakerTurn } from "@wav2vec/metrics";
import { joinActivities, type Activity } from "./join-activities.js";
import { nameTurns, tidyTurns } from "./speaker-turns.js";

/** How a recording is diarized. */
export interface FrameDiarizationOptions {
  /** Least probability of speech. Default 0.5. */
  readonly threshold?: number;
  /** Longer recordings are heard in windows of this many seconds, joined by what they agree on. Default 30. */
  readonly windowSeconds?: number;
  /** Seconds that neighbouring windows share. Default 10. */
  readonly overlapSeconds?: number;
  /** Shorter pauses within a speaker's turn do not end it. Default 0.3 s. */
  readonly shortestPause?: number;
  /** Shorter turns are dropped. Default 0.2 s. */
  readonly shortestTurn?: number;
  /** Stops between windows with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How probable it is that each speaker speaks, frame by frame. */
export interface SpeakerActivity extends Activity {
  /** Frame i starts at i times this. */
  readonly secondsPerFrame: number;
}

/** A frame-level diarizer that is ready to work; dispose of it when done. */
export interface FrameDiarizer {
  /** How many speakers the model tells apart. */
  readonly speakerCount: number;
  /**
   * Turns in order, speakers named `speaker-1` … in order of appearance; they may overlap.
   *
   * @throws AudioError if the recording cannot be read or has less than one frame
   * @throws RangeError for a threshold outside (0, 1) or windows that do not overlap and move on
   */
  diarize(recording: Recording, options?: FrameDiarizationOptions): Promise<SpeakerTurn[]>;
  /** What `diarize` decides on. */
  activity(recording: Recording, options?: FrameDiarizationOptions): Promise<SpeakerActivity>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

const SAMPLE_RATE = 16_000;

/**
 * Makes a diarizer of a Hugging Face frame-classification checkpoint trained with one label a speaker, as SUPERB's.
 * Each label is judged alone (sigmoid), so that several may speak; with `problem_type: single_label_classification`, which
 * `wav2vec train classify` writes, one class is right in each frame (softmax), and `outside_label` is nobody's.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function createFrameDiarizer({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<FrameDiarizer> {
  const opened = await openHead({
    model,
    backend,
    head(checkpoint) {
      problemTypeOf(checkpoint); // refuses an unknown one before anything is compiled
      return frameClassificationHead(parseHeadConfig(checkpoint.config));
    },
  });
  const config = parseConfig(opened.checkpoint.config);
  const [hop, least] = [samplesPerFrame(config), receptiveField(config)];
  const { labels } = parseHeadConfig(opened.checkpoint.config);
  const isSpeaker = labels.map((label) => label !== opened.checkpoint.config?.["outside_label"]);
  const speakerCount = isSpeaker.filter(Boolean).length;
  const exclusive = problemTypeOf(opened.checkpoint) === "single_label_classification";
  /** @param logits [frames, labels] */
  const speakerProbabilities = (logits: Float32Array): Float32Array => {
    const told: number[] = [];
    for (let at = 0; at < logits.length; at += labels.length) {
      const row = logits.subarray(at, at + labels.length);
      told.push(...(exclusive ? softmax(row) : Array.from(row, sigmoid)).filter((_, i) => isSpeaker[i]));
    }
    return Float32Array.from(told); // [frames, speakers]
  };

  async function activity(
    recording: Recording,
    options: FrameDiarizationOptions = {},
  ): Promise<SpeakerActivity> {
    const { windowSeconds = 30, overlapSeconds = 10, signal } = options;
    const frames = (seconds: number) => Math.round((seconds * SAMPLE_RATE) / hop);
    const [window, overlap] = [frames(windowSeconds), frames(overlapSeconds)];
    if (!(overlap >= 1 && window > overlap)) {
      throw new RangeError(
        `diarize: windowSeconds is ${windowSeconds} and overlapSeconds ${overlapSeconds}; expected windows longer than what they share`,
      );
    }
    const samples = await readClip(recording, least);
    const parts: (Activity & { firstFrame: number })[] = [];
    for (let firstFrame = 0; ; firstFrame += window - overlap) {
      signal?.throwIfAborted();
      const first = firstFrame * hop;
      const isLast = first + window * hop >= samples.length;
      const clip = samples.subarray(first, isLast ? undefined : first + (window - 1) * hop + least);
      if (clip.length >= least) {
        const [outputs] = await opened.run([clip]);
        const { data, shape } = outputs!.logits; // one clip in, one answer out
        const probabilities = speakerProbabilities(data);
        parts.push({ firstFrame, probabilities, frames: shape[0]!, speakers: speakerCount }); // [frames, labels]
      }
      if (isLast) break;
    }
    return { ...joinActivities(parts), secondsPerFrame: hop / SAMPLE_RATE };
  }

  return {
    speakerCount,
    activity,
    async diarize(recording, options = {}) {
      const { threshold = 0.5, shortestPause = 0.3, shortestTurn = 0.2 } = options;
      if (!(threshold > 0 && threshold < 1))
        throw new RangeError(`diarize: threshold is ${threshold}; expected a probability between 0 and 1`);
      const { probabilities, frames, speakers, secondsPerFrame } = await activity(recording, options);
      const active = Array.from({ length: frames * speakers }, (_, i) => i).filter(
        (i) => probabilities[i]! >= threshold,
      );
      const turns = active.map((i) => {
        const frame = Math.floor(i / speakers);
        return { start: frame * secondsPerFrame, end: (frame + 1) * secondsPerFrame, speaker: i % speakers };
      });
      return nameTurns(tidyTurns(turns, { shortestPause: Math.max(shortestPause, 1e-6), shortestTurn }));
    },
    dispose: () => opened.dispose(),
  };
}
