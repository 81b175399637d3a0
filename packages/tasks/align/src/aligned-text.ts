// What an alignment gives: timed text with the scores of its parts, and what did not fit.
import type { TimedCharacter, TimedSegment, TimedText, TimedWord } from "@wav2vec/decoders";

/** Mean log-probability over the frames of its symbols; null for a wildcard. `confidence` is the mean probability. */
interface Scored {
  readonly logProb: number | null;
}

/** One unit of a word: a letter, or a number written in digits. */
export type AlignedCharacter = TimedCharacter & Scored;

/** One word as it was written. */
export interface AlignedWord extends TimedWord, Scored {
  readonly characters: readonly AlignedCharacter[];
}

/** One line or sentence as it was written. */
export interface AlignedSegment extends TimedSegment, Scored {
  /** Lowest mean log-probability of 30 symbols in a row: text that was not said shows here. Null without symbols. */
  readonly worst: number | null;
  readonly words: readonly AlignedWord[];
}

/** A text with times. */
export interface AlignedText extends TimedText {
  readonly segments: readonly AlignedSegment[];
  readonly durationSeconds: number;
  /** Log-probability of the best path. */
  readonly score: number;
  /** Words that were left out because they were allowed to be missing. */
  readonly unspoken: readonly string[];
  /** What could not be spelled. */
  readonly warnings: readonly string[];
}
