// Finds any words in log-probabilities of any length: times and confidence, without transcribing.
import {
  createAligner,
  frameClock,
  spellWord,
  spreadTimes,
  type Emissions,
  type Vocabulary,
} from "@wav2vec/decoders";
import { IntentError } from "./intent-error.js";
import { bestSymbols, scoreSpellings, type EdgeCosts, type Rows, type Stretch } from "./keyword-scores.js";
import { wordEdges } from "./word-edges.js";

/** A keyword that was heard; times in seconds. */
export interface KeywordHit {
  /** As it was asked for. */
  readonly keyword: string;
  readonly start: number;
  readonly end: number;
  /**
   * How likely its letters are against the best symbols of the same frames, the geometric mean over the letters: 1 if
   * greedy decoding spells it, lower the more it would have to be another.
   */
  readonly confidence: number;
}

/** How keywords are searched. */
export interface KeywordOptions {
  /** Least confidence, above 0 and up to 1. Default 0.5; lower finds more and errs more. */
  readonly threshold?: number;
  /** Whether a keyword inside a longer word is less likely, where the vocabulary has a word delimiter. Default true. */
  readonly wholeWords?: boolean;
}

/** What the log-probabilities mean. */
export interface KeywordMeaning {
  readonly vocabulary: Vocabulary;
  /** Seconds from one frame to the next; frame i starts at i times this. Default 0.02. */
  readonly secondsPerFrame?: number;
  /** Seconds by which symbols come after their sounds; times take it off. Default 0. */
  readonly emissionDelay?: number;
}

/** Seconds that letters reach beyond their spikes, as in `@wav2vec/align`. */
const SPREAD_SECONDS = 0.06;

/**
 * Searches keywords by their spelling, in time that grows with frames times letters.
 *
 * @param emissions [frames, symbols] natural-log probabilities, whole or read on demand
 * @param keywords words or several words with spaces; upper or lower case, as the vocabulary has it
 * @returns in order of time; hits of one keyword do not overlap, those of several may
 * @throws IntentError if a keyword is empty or given twice, the vocabulary cannot spell it, or the threshold is none
 */
export function searchKeywords(
  emissions: Rows,
  keywords: readonly string[],
  { vocabulary, secondsPerFrame = 0.02, emissionDelay }: KeywordMeaning,
  { threshold = 0.5, wholeWords = true }: KeywordOptions = {},
): KeywordHit[] {
  if (!(threshold > 0 && threshold <= 1))
    throw new IntentError(`keywords: threshold is ${threshold}; expected a confidence above 0, up to 1`);
  const spellings = spellKeywords(keywords, vocabulary);
  const best = bestSymbols(emissions);
  const { blank } = vocabulary;
  const costs = wholeWords ? wordEdges(best, vocabulary, secondsPerFrame) : freeEdges(emissions.frames);
  const least = spellings.map(({ length }) => length * Math.log(threshold) - 1e-9);
  const stretches = scoreSpellings(emissions, spellings, least, { best, costs, blank });

  const aligner = createAligner();
  const clock = frameClock(secondsPerFrame, emissionDelay);
  const frameOf = (seconds: number) => seconds / secondsPerFrame;
  return stretches
    .flatMap((found, k) => {
      const spans = found.map((stretch) => tighten(aligner, emissions, stretch, spellings[k]!, blank));
      const spread = spreadTimes(spans, { most: frameOf(SPREAD_SECONDS), frames: emissions.frames });
      return spread.map(({ start, end }, i) => ({
        keyword: keywords[k]!,
        start: clock(start),
        end: clock(end),
        confidence: Math.min(1, Math.exp(found[i]!.logRatio / spellings[k]!.length)),
      }));
    })
    .sort((a, b) => a.start - b.start || b.confidence - a.confidence);
}

/** From the first frame of the first symbol to the last of the last, on the best path within the stretch. */
function tighten(
  aligner: ReturnType<typeof createAligner>,
  rows: Rows,
  { start, end }: Stretch,
  spelling: readonly number[],
  blank: number,
): { start: number; end: number } {
  const { symbols } = rows;
  const data = "read" in rows ? rows.read(start, end) : rows.data.subarray(start * symbols, end * symbols);
  const part: Emissions = { data, frames: end - start, symbols };
  const { spans } = aligner.align(part, spelling, { blank });
  return { start: start + spans[0]!.start, end: start + spans.at(-1)!.end }; // every symbol has a span
}

const freeEdges = (frames: number): EdgeCosts => ({
  begins: new Float32Array(frames + 1),
  ends: new Float32Array(frames + 1),
});

/**
 * Symbols of each keyword, words parted by the delimiter if there is one.
 *
 * @throws IntentError as searchKeywords
 */
export function spellKeywords(keywords: readonly string[], vocabulary: Vocabulary): number[][] {
  if (keywords.length === 0) throw new IntentError("keywords: got none; expected at least one");
  const repeated = keywords.find((keyword, i) => keywords.indexOf(keyword) !== i);
  if (repeated !== undefined) throw new IntentError(`keywords: "${repeated}" is given twice; leave one out`);
  return keywords.map((keyword) => {
    const words = keyword.trim().split(/\s+/u).filter(Boolean);
    if (words.length === 0) throw new IntentError(`keywords: one is "${keyword}"; expected a word`);
    for (const inCase of [words, words.map((w) => w.toUpperCase()), words.map((w) => w.toLowerCase())]) {
      const spelled = inCase.map((word) => spellWord(word, vocabulary));
      if (!spelled.every((symbols) => symbols !== undefined)) continue;
      const { wordDelimiter } = vocabulary;
      return spelled.flatMap((symbols, i) =>
        i > 0 && wordDelimiter !== undefined ? [wordDelimiter, ...symbols] : symbols,
      );
    }
    throw new IntentError(
      `keywords: the model's vocabulary cannot spell "${keyword}"; it has ${vocabulary.tokens.join(" ").slice(0, 120)}; write numbers and signs as words`,
    );
  });
}
