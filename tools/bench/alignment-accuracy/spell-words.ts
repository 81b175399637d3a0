// A transcript as what an aligner lays on frames: the words' symbols in a row, delimiters between them.
import { spellWord, type Vocabulary } from "@wav2vec/decoders";

/** What to align, and which of it is each word. */
export interface SpelledWords {
  readonly targets: readonly number[];
  /** [words] first target and target after the last, the delimiters between words left out. */
  readonly ranges: readonly (readonly [number, number])[];
}

/** @returns undefined if the vocabulary cannot spell a word */
export function spellWords(words: readonly string[], vocabulary: Vocabulary): SpelledWords | undefined {
  const targets: number[] = [];
  const ranges: (readonly [number, number])[] = [];
  for (const word of words) {
    const spelling = spellWord(word, vocabulary);
    if (!spelling?.length) return undefined;
    if (targets.length > 0 && vocabulary.wordDelimiter !== undefined) targets.push(vocabulary.wordDelimiter);
    ranges.push([targets.length, targets.length + spelling.length]);
    targets.push(...spelling);
  }
  return { targets, ranges };
}
