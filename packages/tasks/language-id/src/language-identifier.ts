// Which language is spoken: recordings in, languages with probabilities out.
import { AudioError } from "@wav2vec/audio";
import type { Checkpoint } from "@wav2vec/checkpoints";
import { parseHeadConfig, sequenceClassificationHead, type Backend } from "@wav2vec/core";
import {
  isSilent,
  openHead,
  piecesOf,
  rankedScores,
  readClip,
  type Recording,
  type TimelineOptions,
} from "@wav2vec/heads";
import { adapterLanguages } from "./adapter-language.js";
import { candidateIndices } from "./known-languages.js";
import { languageName } from "./language-name.js";
import { languageStretches, meanProbabilities, type LanguageStretch } from "./language-stretches.js";

/** One language and how likely it is spoken. */
export interface LanguageScore {
  /** As the checkpoint calls it, mostly an ISO 639-3 code: "fra". */
  readonly language: string;
  /** In English, as in ISO 639-3: "French"; the code itself if it is not known. */
  readonly name: string;
  /** 0 to 1; over the candidates they add up to 1. */
  readonly probability: number;
}

/** What may be spoken. */
export interface CandidateOptions {
  /**
   * Only these may be spoken; their probabilities are renormalised. The model's codes, other ISO 639 codes of the same
   * languages ("fr" for "fra") or English names. Default: all that the model knows.
   */
  readonly candidates?: readonly string[];
}

/** What may be spoken and how much to tell. */
export interface IdentifyOptions extends CandidateOptions {
  /** How many to tell, most likely first. Default 5. */
  readonly top?: number;
}

/** The languages of one piece of a recording, none if it is silent; times in seconds. */
export interface LanguagePiece {
  readonly start: number;
  readonly end: number;
  readonly languages: readonly LanguageScore[];
}

/** A stretch of a recording in one language; times in seconds. */
export interface LanguageSegment extends LanguageStretch {
  readonly name: string;
}

/** A language identifier that is ready to work; dispose of it when done. */
export interface LanguageIdentifier {
  /** All that the model tells apart. */
  readonly languages: readonly string[];
  /**
   * Judges a recording as a whole; longer than 40 s it is the mean over windows of 20 s that are not silent.
   *
   * @throws AudioError if the recording cannot be read, is shorter than half a second, or silent
   * @throws LanguageError if a candidate is no language of the model
   */
  identify(recording: Recording, options?: IdentifyOptions): Promise<LanguageScore[]>;
  /** The same for each piece of a long recording. */
  timeline(recording: Recording, options?: IdentifyOptions & TimelineOptions): AsyncGenerator<LanguagePiece>;
  /**
   * Stretches of one language, from windows of `windowSeconds` (5) each `hopSeconds` (half a window): at each moment the
   * likeliest language in the mean of the windows over it. Silence is in no segment.
   */
  segments(recording: Recording, options?: CandidateOptions & TimelineOptions): Promise<LanguageSegment[]>;
  /**
   * What `createRecognizer({ language: "auto", chooseLanguage })` of `@wav2vec/asr` asks: the adapter to hear samples
   * with. Only languages that have one may win; undefined in silence and below half a second.
   */
  chooser(options?: CandidateOptions): ChooseAdapter;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/** @throws RangeError if no language of the identifier has an adapter */
export type ChooseAdapter = (
  samples: Float32Array,
  adapters: readonly string[],
) => Promise<{ readonly language: string; readonly probability: number } | undefined>;

const SAMPLE_RATE = 16_000;
const LEAST_SECONDS = 0.5; // a syllable or two: from less nobody tells a language
const WHOLE_SECONDS = 40; // attention grows with the square of the length
const PART_SECONDS = 20;

/**
 * Makes a language identifier of a Hugging Face sequence-classification checkpoint such as MMS-LID.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function createLanguageIdentifier({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<LanguageIdentifier> {
  const opened = await openHead({
    model,
    backend,
    head: ({ config }) => sequenceClassificationHead(parseHeadConfig(config)),
  });
  const { labels } = parseHeadConfig(opened.checkpoint.config);
  const least = LEAST_SECONDS * SAMPLE_RATE;
  const allowedBy = ({ candidates }: CandidateOptions) =>
    candidateIndices(labels, candidates, opened.checkpoint.source);

  /** Probabilities of the allowed languages, most likely first. */
  async function judge(samples: Float32Array, allowed: readonly number[]) {
    const [outputs] = await opened.run([samples]);
    const logits = outputs!.logits.data; // one recording in, one answer out
    const ranked = rankedScores(
      allowed.map((i) => logits[i]!),
      allowed.map((i) => labels[i]!),
    );
    return new Map(ranked.map(({ label, probability }) => [label, probability]));
  }

  async function judgeWhole(samples: Float32Array, allowed: readonly number[]) {
    if (samples.length <= WHOLE_SECONDS * SAMPLE_RATE) return judge(samples, allowed);
    const parts = [];
    for (const piece of piecesOf(samples, least, { windowSeconds: PART_SECONDS }))
      if (!isSilent(piece.samples)) parts.push(await judge(piece.samples, allowed));
    return meanProbabilities(parts);
  }

  async function* windows(recording: Recording, options: CandidateOptions & TimelineOptions) {
    const allowed = allowedBy(options);
    for (const { samples, start, end } of piecesOf(await readClip(recording, least), least, options))
      yield {
        start,
        end,
        probabilities: isSilent(samples) ? new Map<string, number>() : await judge(samples, allowed),
      };
  }

  return {
    languages: labels,
    async identify(recording, options = {}) {
      const top = checkTop(options);
      const allowed = allowedBy(options);
      const samples = await readClip(recording, least);
      if (isSilent(samples)) throw silent(recording);
      return topScores(await judgeWhole(samples, allowed), top);
    },
    async *timeline(recording, options = {}) {
      const top = checkTop(options);
      for await (const { start, end, probabilities } of windows(recording, options))
        yield { start, end, languages: topScores(probabilities, top) };
    },
    async segments(recording, options = {}) {
      const { windowSeconds = 5, hopSeconds = windowSeconds / 2, candidates } = options;
      const all = [];
      const settings = { windowSeconds, hopSeconds, ...(candidates && { candidates }) };
      for await (const window of windows(recording, settings)) all.push(window);
      return languageStretches(all).map(({ start, end, language, probability }) => ({
        start,
        end,
        language,
        name: languageName(language),
        probability,
      }));
    },
    chooser(options = {}) {
      const candidates = allowedBy(options);
      return async (samples, adapters) => {
        const { allowed, adapterOf } = reachable(labels, candidates, adapters);
        if (samples.length < least || isSilent(samples)) return undefined;
        const [best] = topScores(await judgeWhole(samples, allowed), 1);
        return { language: adapterOf.get(best!.language)!, probability: best!.probability }; // one of the allowed
      };
    },
    dispose: () => opened.dispose(),
  };
}

/** Which of the candidates a recogniser can write, and with which adapter. */
function reachable(labels: readonly string[], candidates: readonly number[], adapters: readonly string[]) {
  const found = adapterLanguages(
    candidates.map((i) => labels[i]!),
    adapters,
  );
  const allowed = candidates.filter((_, at) => found[at] !== undefined);
  if (allowed.length === 0)
    throw new RangeError(
      `chooser: none of ${candidates.length} languages has an adapter among ${adapters.slice(0, 8).join(", ")}${adapters.length > 8 ? ", …" : ""}; expected at least one; check that both models are of spoken languages`,
    );
  return { allowed, adapterOf: new Map(candidates.map((i, at) => [labels[i]!, found[at]])) };
}

function checkTop({ top = 5 }: IdentifyOptions): number {
  if (Number.isInteger(top) && top >= 1) return top;
  throw new RangeError(`identify: top is ${top}; expected a whole number of at least 1`);
}

function topScores(probabilities: ReadonlyMap<string, number>, top: number): LanguageScore[] {
  return [...probabilities]
    .sort(([, a], [, b]) => b - a)
    .slice(0, top)
    .map(([language, probability]) => ({ language, name: languageName(language), probability }));
}

function silent(recording: Recording): AudioError {
  const source =
    recording instanceof Float32Array ? "samples" : typeof recording === "string" ? recording : "stream";
  return new AudioError(
    "is silent: no sample is above -80 dB; expected speech, from which a language can be told",
    {
      reason: "silent",
      source,
    },
  );
}
