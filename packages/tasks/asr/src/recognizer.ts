// Speech recognition for users: recordings of any kind and length in, text with times out.
import { streamAudio, type AudioSource } from "@wav2vec/audio";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import type { Backend } from "@wav2vec/core";
import type { AcousticModel } from "./acoustic-model.js";
import {
  askable,
  hearingOf,
  type ChoiceScope,
  type ChooseLanguage,
  type LanguageSetting,
} from "./language-choice.js";
import { languagesOf } from "./multilingual-model.js";
import { recogniseEach, type Source } from "./recognise-each.js";
import type { BeamSettings } from "./transcribers.js";
import type { Transcript } from "./transcript.js";

/** A recording: whatever `@wav2vec/audio` reads, or 16 kHz mono samples. */
export type Recording = AudioSource | Float32Array;

/** How recordings are worked through, whatever becomes of their emissions. */
export interface WorkOptions {
  /** Clips computed together, sorted by length. More than 1 pays on a GPU; on a CPU it only pads. Default 1. */
  readonly batchSize?: number;
  /** Longer recordings are cut into windows of this many new seconds. Default 20. */
  readonly windowSeconds?: number;
  /** Seconds of context on each side of a window, which are computed and dropped. Default 2.5. */
  readonly contextSeconds?: number;
  /** Stops between windows with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Gets a line for each thing that was lost or assumed in reading, such as damaged frames. */
  readonly onWarning?: (message: string) => void;
  /** Called after each window. */
  readonly onProgress?: (progress: TranscribeProgress) => void;
}

/** How recordings are transcribed. */
export interface TranscribeOptions extends WorkOptions {
  /** Search with these settings; without it each frame's best symbol is taken. */
  readonly beam?: BeamSettings;
  /** The language of each recording of an MMS model, one code a recording; they share batches. Default: the one set. */
  readonly languages?: readonly string[];
  /**
   * With language "auto": whether the language is found once a recording, in its first window with speech, or in each
   * window, for recordings in which it changes. Default "recording".
   */
  readonly languageBy?: ChoiceScope;
}

/** How far the work is. */
export interface TranscribeProgress {
  /** Seconds of audio done, over all recordings. */
  readonly secondsDone: number;
  /** Seconds of audio seen so far; the length of a stream is not known before its end. */
  readonly secondsSeen: number;
  /** Recordings finished, well or badly. */
  readonly recordingsDone: number;
}

/** What became of one recording. */
export type Outcome<T = Transcript> =
  | { readonly index: number; readonly transcript: T; readonly error?: undefined }
  | { readonly index: number; readonly transcript?: undefined; readonly error: Error };

/** A recogniser that is ready to work; dispose of it when done. */
export interface Recognizer {
  /** The model, in the language that is set; with "auto" in that of the model's body. */
  readonly model: AcousticModel;
  /** Codes of the languages that `setLanguage` takes; empty for a model of one language. */
  readonly languages: readonly string[];
  /**
   * Switches an MMS model to another language, or to "auto". What is being transcribed ends in the language it began with.
   *
   * @throws FormatError naming the languages there are, if this is none of them
   */
  setLanguage(language: string): Promise<void>;
  /** @throws AudioError if a recording cannot be read; the first such error of a list */
  transcribe(recording: Recording, options?: TranscribeOptions): Promise<Transcript>;
  transcribe(recordings: readonly Recording[], options?: TranscribeOptions): Promise<Transcript[]>;
  /** Answers each recording as it is done, in order; one that fails does not stop the others. */
  transcribeEach(recordings: readonly Recording[], options?: TranscribeOptions): AsyncGenerator<Outcome>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes a recogniser.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @param language of an MMS model, e.g. "fra"; without it the one whose weights lie in the body, English as published;
 *   "auto" lets `chooseLanguage` find it for each recording
 * @param chooseLanguage what "auto" asks, e.g. `identifier.choose` of `@wav2vec/language-id`
 * @throws RangeError if "auto" has nothing to ask, or the model no languages to choose from
 * @throws FormatError naming the languages there are, if `language` is none of them
 * @throws ConfigError, VocabularyError, WeightError if the checkpoint is no complete CTC model
 */
export async function createRecognizer({
  model,
  backend,
  language,
  chooseLanguage,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
  readonly language?: string;
  readonly chooseLanguage?: ChooseLanguage;
}): Promise<Recognizer> {
  const own = typeof model === "string" ? await openCheckpoint(model) : undefined;
  const languages = await languagesOf(own ?? (model as Checkpoint), backend); // not a string, so a checkpoint
  const settingOf = async (code: string | undefined): Promise<LanguageSetting> =>
    code === "auto"
      ? { choose: askable(chooseLanguage, languages.languages), acoustic: await languages.inLanguage() }
      : { acoustic: await languages.inLanguage(code) };
  let setting = await settingOf(language).catch(async (error: unknown) => {
    languages.dispose();
    await own?.close();
    throw error;
  });

  const transcribeEach = (recordings: readonly Recording[], options: TranscribeOptions = {}) => {
    const now = setting; // whatever is set later
    return (async function* () {
      const { listener, transcriberOf } = await hearingOf(languages, now, recordings.length, options);
      const sources = recordings.map((recording) => sourceOf(recording, options));
      yield* recogniseEach(listener, sources, transcriberOf, options);
    })();
  };

  async function transcribe(
    recordings: Recording | readonly Recording[],
    options?: TranscribeOptions,
  ): Promise<Transcript | Transcript[]> {
    const transcripts: Transcript[] = [];
    for await (const outcome of transcribeEach(isList(recordings) ? recordings : [recordings], options)) {
      if (outcome.error) throw outcome.error;
      transcripts.push(outcome.transcript);
    }
    return isList(recordings) ? transcripts : transcripts[0]!; // one recording has one outcome
  }

  return {
    get model() {
      return setting.acoustic;
    },
    languages: languages.languages,
    async setLanguage(code) {
      setting = await settingOf(code);
    },
    transcribe: transcribe as Recognizer["transcribe"], // overloads cannot be checked against one body
    transcribeEach,
    dispose() {
      languages.dispose();
      void own?.close();
    },
  };
}

function isList(recordings: Recording | readonly Recording[]): recordings is readonly Recording[] {
  return Array.isArray(recordings);
}

/** 16 kHz samples in blocks; nothing is opened before the first is asked for. */
export function sourceOf(
  recording: Recording,
  { onWarning, signal }: Pick<TranscribeOptions, "onWarning" | "signal"> = {},
): Source {
  if (recording instanceof Float32Array) return { name: "samples", blocks: [recording] };
  const name = typeof recording === "string" ? recording : "stream";
  return {
    name,
    blocks: streamAudio(recording, { ...(onWarning && { onWarning }), ...(signal && { signal }) }),
  };
}
