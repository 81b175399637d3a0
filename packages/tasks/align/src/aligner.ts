// Forced alignment for users: recordings of any kind and length and their texts in, times out.
import {
  acousticModel,
  recogniseEach,
  sourceOf,
  type AcousticModel,
  type Recording,
  type Transcriber,
  type WorkOptions,
} from "@wav2vec/asr";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import type { Backend } from "@wav2vec/core";
import { joinWindows, type EmissionWindow } from "@wav2vec/decoders";
import { alignEmissions, type AlignTextOptions } from "./align-emissions.js";
import type { AlignedText } from "./aligned-text.js";

/** How recordings are aligned. */
export type AlignOptions = AlignTextOptions & WorkOptions;

/** A recording and what is said in it. */
export interface AlignJob {
  readonly recording: Recording;
  /** One string, which is cut into segments, or segments; `*` alone stands for any speech. */
  readonly text: string | readonly string[];
}

/** What became of one job. */
export type AlignOutcome =
  | { readonly index: number; readonly alignment: AlignedText; readonly error?: undefined }
  | { readonly index: number; readonly alignment?: undefined; readonly error: Error };

/** An aligner that is ready to work; dispose of it when done. */
export interface Aligner {
  readonly model: AcousticModel;
  /** @throws AudioError, AlignError or TextError if the recording cannot be read or the text does not fit it */
  align(recording: Recording, text: string | readonly string[], options?: AlignOptions): Promise<AlignedText>;
  /** Answers each job as it is done, in order; one that fails does not stop the others. */
  alignEach(jobs: readonly AlignJob[], options?: AlignOptions): AsyncGenerator<AlignOutcome>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes an aligner.
 *
 * @param model an open CTC checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError, VocabularyError, WeightError if the checkpoint is no complete CTC model
 */
export async function createAligner({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<Aligner> {
  const own = typeof model === "string" ? await openCheckpoint(model) : undefined;
  const acoustic = await acousticModel(own ?? (model as Checkpoint), backend); // not a string, so a checkpoint

  async function* alignEach(
    jobs: readonly AlignJob[],
    options: AlignOptions = {},
  ): AsyncGenerator<AlignOutcome> {
    const sources = jobs.map(({ recording }) => sourceOf(recording, options));
    const collect = (index: number) => emissionCollector(acoustic, jobs[index]!.text, options); // one job per source
    for await (const { index, transcript, error } of recogniseEach(acoustic, sources, collect, options))
      yield error ? { index, error } : { index, alignment: transcript };
  }

  return {
    model: acoustic,
    alignEach,
    async align(recording, text, options) {
      for await (const { alignment, error } of alignEach([{ recording, text }], options)) {
        if (error) throw error;
        return alignment;
      }
      throw new Error("align: the recording had no outcome"); // one job has one outcome
    },
    dispose() {
      acoustic.dispose();
      void own?.close();
    },
  };
}

/** Keeps the emissions of one recording, 6 KB a second for 32 symbols, and aligns when all are there. */
function emissionCollector(
  { vocabulary, secondsPerFrame, emissionDelay }: AcousticModel,
  text: string | readonly string[],
  options: AlignTextOptions,
): Transcriber<AlignedText> {
  const windows: EmissionWindow[] = [];
  let frames = 0;
  return {
    feed(emissions) {
      // A copy: the window's own buffer holds its context too.
      if (emissions.frames > 0)
        windows.push({ ...emissions, data: emissions.data.slice(), firstFrame: frames });
      frames += emissions.frames;
      return Promise.resolve();
    },
    finish: (durationSeconds) =>
      alignEmissions(
        joinWindows(windows),
        text,
        { vocabulary, secondsPerFrame, emissionDelay, durationSeconds },
        options,
      ),
  };
}
