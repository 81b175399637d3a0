// Which sentence of a grammar was said: each is aligned with the log-probabilities, the likeliest wins.
import { createAligner, frameClock, type Alignment, type FrameClock } from "@wav2vec/decoders";
import { sentencesOf, type Grammar, type Sentence } from "./grammar.js";
import { IntentError } from "./intent-error.js";
import { bestSymbols, type Rows } from "./keyword-scores.js";
import { spellKeywords, type KeywordMeaning } from "./keyword-search.js";
import type { FilledSlots, SlotHit } from "./slots.js";

/** What was commanded. */
export interface Command {
  readonly intent: string;
  /** The sentence as the grammar has it. */
  readonly text: string;
  readonly slots: FilledSlots;
  /** How likely it is among all sentences of the grammar, 0 to 1. */
  readonly probability: number;
  /**
   * How likely its letters are against the best symbols of the whole recording, the geometric mean over the letters.
   * Something else was said where it is low.
   */
  readonly confidence: number;
}

/**
 * Finds the likeliest sentence; the whole recording must be one. Time grows with sentences times frames times letters.
 *
 * @param emissions [frames, symbols] natural-log probabilities, whole or read on demand
 * @throws IntentError as sentencesOf, if the vocabulary cannot spell a word, or if the recording is too short for all
 */
export function searchSentence(
  emissions: Rows,
  grammar: Grammar,
  { vocabulary, secondsPerFrame = 0.02, emissionDelay }: KeywordMeaning,
): Command {
  const sentences = sentencesOf(grammar);
  const spelled = speller(sentences, vocabulary);
  const aligner = createAligner();
  const { blank, wordDelimiter } = vocabulary;
  const tried = sentences.flatMap((sentence) => {
    const layout = layOut(sentence, spelled, wordDelimiter);
    const { symbols } = layout;
    const repeats = symbols.filter((symbol, i) => symbol === symbols[i - 1]).length;
    if (emissions.frames < symbols.length + repeats) return []; // longer than the recording
    return [{ sentence, layout, alignment: aligner.align(emissions, symbols, { blank }) }];
  });
  if (tried.length === 0) {
    throw new IntentError(
      `command: ${emissions.frames} frames are too few for any of ${sentences.length} sentences; expected a longer recording`,
    );
  }
  const best = tried.reduce((a, b) => (b.alignment.score > a.alignment.score ? b : a));
  const likelihoods = tried.map(({ alignment }) => Math.exp(alignment.score - best.alignment.score));
  const most = bestSymbols(emissions).logProbs.reduce((a, b) => a + b, 0);
  const { sentence, layout, alignment } = best;
  return {
    intent: sentence.intent,
    text: sentence.words.join(" "),
    slots: slotsOf(sentence, layout, alignment, frameClock(secondsPerFrame, emissionDelay)),
    probability: 1 / likelihoods.reduce((a, b) => a + b, 0),
    confidence: Math.min(1, Math.exp((alignment.score - most) / layout.symbols.length)),
  };
}

/** Symbols of a sentence, and where each word begins and ends in them. */
interface Layout {
  readonly symbols: readonly number[];
  readonly words: readonly { readonly from: number; readonly to: number }[];
}

/** Spells each distinct word once. */
function speller(sentences: readonly Sentence[], vocabulary: KeywordMeaning["vocabulary"]) {
  const words = [...new Set(sentences.flatMap((sentence) => sentence.words))];
  const spellings = spellKeywords(words, vocabulary);
  return new Map(words.map((word, i) => [word, spellings[i]!])); // one for each
}

function layOut(
  { words }: Sentence,
  spelled: ReadonlyMap<string, readonly number[]>,
  delimiter: number | undefined,
): Layout {
  const symbols: number[] = [];
  const spans = words.map((word, i) => {
    if (i > 0 && delimiter !== undefined) symbols.push(delimiter);
    const from = symbols.length;
    symbols.push(...spelled.get(word)!); // all words were spelled
    return { from, to: symbols.length };
  });
  return { symbols, words: spans };
}

/** Times and confidence of the values, from the frames of their letters. */
function slotsOf(
  { slots }: Sentence,
  { words }: Layout,
  { spans }: Alignment,
  clock: FrameClock,
): FilledSlots {
  return Object.fromEntries(
    slots.map(({ slot, value, from, to }): [string, SlotHit] => {
      const own = spans.slice(words[from]!.from, words[to - 1]!.to); // a value has words, a symbol has a span
      const frames = own.reduce((sum, span) => sum + span.end - span.start, 0);
      const probs = own.reduce((sum, span) => sum + span.prob * (span.end - span.start), 0);
      return [slot, { value, start: clock(own[0]!.start), end: clock(own.at(-1)!.end), confidence: Math.min(1, probs / frames) }]; // prettier-ignore
    }),
  );
}
