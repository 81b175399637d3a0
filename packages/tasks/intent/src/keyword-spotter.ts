// Keywords, slots and commands of a grammar in recordings, with any recogniser of speech.
import {
  acousticModel,
  recogniseEach,
  sourceOf,
  type Recording,
  type Transcriber,
  type WorkOptions,
} from "@wav2vec/asr";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import type { Backend } from "@wav2vec/core";
import { joinWindows, type EmissionSource, type EmissionWindow } from "@wav2vec/decoders";
import { searchKeywords, spellKeywords, type KeywordHit, type KeywordOptions } from "./keyword-search.js";
import { sentencesOf, type Grammar } from "./grammar.js";
import { searchSentence, type Command } from "./sentence-search.js";
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
  /**
   * Finds which sentence of a grammar the recording is.
   *
   * @throws IntentError if the grammar has an error, the model cannot spell a word, or the recording is too short for all
   */
  command(recording: Recording, grammar: Grammar, options?: WorkOptions): Promise<Command>;
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

  /** What `judge` makes of all emissions of one recording. */
  async function heard<T>(
    recording: Recording,
    options: WorkOptions,
    judge: (emissions: EmissionSource) => T,
  ): Promise<T> {
    const sources = [sourceOf(recording, options)];
    for await (const outcome of recogniseEach(acoustic, sources, () => collector(judge), options)) {
      if (outcome.error) throw outcome.error;
      return outcome.transcript;
    }
    throw new Error("keywords: the recording had no outcome"); // one recording has one outcome
  }
  async function search(
    recording: Recording,
    keywords: readonly string[],
    options: KeywordOptions & WorkOptions = {},
  ): Promise<KeywordHit[]> {
    spellKeywords(keywords, acoustic.vocabulary); // refuses what cannot be found before the work
    return heard(recording, options, (emissions) => searchKeywords(emissions, keywords, acoustic, options));
  }
  return {
    search,
    slots: async (recording, values, options) =>
      fillSlots(values, await search(recording, valuesOf(values), options)),
    async command(recording, grammar, options = {}) {
      sentencesOf(grammar); // refuses what cannot be said before the work
      return heard(recording, options, (emissions) => searchSentence(emissions, grammar, acoustic));
    },
    dispose() {
      acoustic.dispose();
      void own?.close();
    },
  };
}

/** Keeps the emissions of one recording, 6 KB a second for 32 symbols, and judges when all are there. */
function collector<T>(judge: (emissions: EmissionSource) => T): Transcriber<T> {
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
    finish: () => judge(joinWindows(windows)),
  };
}
