// Greedy CTC decoding: the most probable symbol of every frame, collapsed.
import { checkEmissions, type Emissions } from "./emissions.js";
import {
  collapsePath,
  textOf,
  wordsOf,
  type SpecialSymbols,
  type DecodedSymbol,
  type WordSpan,
} from "./spans.js";
import type { Vocabulary } from "./vocabulary.js";

/** A decoded text with its parts in time. */
export interface GreedyResult {
  readonly text: string;
  readonly words: readonly WordSpan[];
  /** All symbols but blanks, delimiters and special symbols included. */
  readonly symbols: readonly DecodedSymbol[];
  /** Sum of the frames' highest log-probabilities: the score of the best path. */
  readonly score: number;
}

/**
 * Takes the best symbol of each frame (the lowest of equals), collapses repetitions, removes blanks.
 *
 * @param options special: whether unknown and other special symbols are written; default "drop"
 * @throws EmissionsError on NaN, or a shape that does not fit the vocabulary
 * @see Graves et al. 2006, §3.2 (best path decoding)
 */
export function decodeGreedy(
  emissions: Emissions,
  vocabulary: Vocabulary,
  { special = "drop" as SpecialSymbols } = {},
): GreedyResult {
  checkEmissions(emissions, vocabulary.tokens.length);
  const { data, frames, symbols: count } = emissions;
  const path = new Int32Array(frames);
  const best = new Float64Array(frames);
  let score = 0;
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * count;
    let symbol = 0;
    for (let k = 1; k < count; k++) if (data[row + k]! > data[row + symbol]!) symbol = k;
    path[frame] = symbol;
    best[frame] = data[row + symbol]!;
    score += data[row + symbol]!;
  }
  const symbols = collapsePath(path, vocabulary.blank, best);
  const words = wordsOf(symbols, vocabulary, special);
  return { text: textOf(words), words, symbols, score };
}
