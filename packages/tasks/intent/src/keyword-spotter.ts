// Keywords and slots in recordings of any length, with any recogniser of speech.
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
import { searchKeywords, spellKeywords, type KeywordHit, type KeywordOptions } from "./keyword-search.js";
import { fillSlots, valuesOf, type FilledSlots, type SlotValues } from "./slots.js";

/** A keyword spotter that is ready to work; dispose of it when done. */
export interface KeywordSpotter {
  /**
   * Finds keywords; nothing need be trained for them.
   *
   * @throws AudioError if the recording cannot be read or has less than one frame
   * @throws IntentError if the model cannot spell a keyword, or the threshold is none
   */
  search(
    recording: Recording,
    keywords: readonly string[],
    options?: KeywordOptions & WorkOptions,
  ): Promise<KeywordHit[]>;
  /**
   * Finds which value of each slot was said, if any.
   *
   * @throws IntentError also if a slot has no values
   */
  slots<Slot extends string>(
    recording: Recording,
    values: SlotValues<Slot>,
    options?: KeywordOptions & WorkOptions,
  ): Promise<FilledSlots<Slot>>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes a keyword spotter of a CTC checkpoint.
 *
 * @param model an open CTC checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError, VocabularyError, WeightError if the checkpoint is no complete CTC model
 */
export async function createKeywordSpotter({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<KeywordSpotter> {
  const own = typeof model === "string" ? await openCheckpoint(model) : undefined;
  const acoustic = await acousticModel(own ?? (model as Checkpoint), backend); // not a string, so a checkpoint

  async function search(
    recording: Recording,
    keywords: readonly string[],
    options: KeywordOptions & WorkOptions = {},
  ): Promise<KeywordHit[]> {
    spellKeywords(keywords, acoustic.vocabulary); // refuses what cannot be found before the work
    const collect = () => collector(acoustic, keywords, options);
    for await (const outcome of recogniseEach(acoustic, [sourceOf(recording, options)], collect, options)) {
      if (outcome.error) throw outcome.error;
      return outcome.transcript;
    }
    throw new Error("keywords: the recording had no outcome"); // one recording has one outcome
  }
  return {
    search,
    slots: async (recording, values, options) =>
      fillSlots(values, await search(recording, valuesOf(values), options)),
    dispose() {
      acoustic.dispose();
      void own?.close();
    },
  };
}

/** Keeps the emissions of one recording, 6 KB a second for 32 symbols, and searches when all are there. */
function collector(
  { vocabulary, secondsPerFrame }: AcousticModel,
  keywords: readonly string[],
  options: KeywordOptions,
): Transcriber<KeywordHit[]> {
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
    finish: () => searchKeywords(joinWindows(windows), keywords, { vocabulary, secondsPerFrame }, options),
  };
}
