// Symbols with times, and the words and text they make. Times are frames, the end not included.
import type { Vocabulary } from "./vocabulary.js";

/** One symbol of a decoded text. */
export interface DecodedSymbol {
  readonly symbol: number;
  readonly start: number;
  readonly end: number;
  /** Geometric mean of the symbol's probability over its frames; NaN where probabilities are not known. */
  readonly confidence: number;
}

/** A word; its time is from its first to its last symbol. */
export interface WordSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Geometric mean over all frames of its symbols. */
  readonly confidence: number;
  readonly characters: readonly CharacterSpan[];
}

/** One token of a word. */
export interface CharacterSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

/** What to do with unknown and other special symbols: leave them out of words, or write their token. */
export type SpecialSymbols = "drop" | "keep";

/**
 * Groups symbols into words: at delimiters, at word prefixes of word pieces, or as one word where neither exists.
 *
 * @param special default "drop"
 */
export function wordsOf(
  spans: readonly DecodedSymbol[],
  vocabulary: Vocabulary,
  special: SpecialSymbols = "drop",
): WordSpan[] {
  const { tokens, wordDelimiter, wordPrefix } = vocabulary;
  const dropped = new Set(special === "drop" ? vocabulary.special : []);
  const words: WordSpan[] = [];
  let characters: CharacterSpan[] = [];
  const close = () => {
    if (characters.length > 0)
      words.push(wordOf(characters, characters.map(({ text }) => text).join(vocabulary.separator ?? "")));
    characters = [];
  };
  for (const { symbol, start, end, confidence } of spans) {
    const token = tokens[symbol] ?? tokens[vocabulary.unknown ?? -1] ?? "";
    if (symbol === wordDelimiter) close();
    else if (!dropped.has(symbol)) {
      const beginsWord = wordPrefix !== undefined && token.startsWith(wordPrefix);
      if (beginsWord) close();
      const text = beginsWord ? token.slice(wordPrefix.length) : token;
      if (text !== "") characters.push({ text, start, end, confidence });
    }
  }
  close();
  return words;
}

/** @returns a word of these characters, spelled `text` */
export function wordOf(characters: readonly CharacterSpan[], text: string): WordSpan {
  const [start, end] = [characters[0]!.start, characters.at(-1)!.end];
  let [sum, frames] = [0, 0];
  for (const character of characters) {
    const length = character.end - character.start;
    sum += length * Math.log(character.confidence);
    frames += length;
  }
  return { text, start, end, confidence: Math.exp(sum / frames), characters };
}

/** @returns the words with one space between, however many delimiters stood there */
export function textOf(words: readonly { readonly text: string }[]): string {
  return words.map(({ text }) => text).join(" ");
}

/**
 * Collapses a frame path into symbols: first repetitions become one, then blanks go. The other way round "LL" with a
 * blank between would become "L".
 *
 * @param logProbability [frames] log-probability of the path's symbol, for confidences
 */
export function collapsePath(
  path: ArrayLike<number>,
  blank: number,
  logProbability?: ArrayLike<number>,
): DecodedSymbol[] {
  const spans: DecodedSymbol[] = [];
  for (let start = 0; start < path.length;) {
    const symbol = path[start]!;
    let end = start;
    let sum = 0;
    for (; end < path.length && path[end] === symbol; end++) sum += logProbability?.[end] ?? NaN;
    if (symbol !== blank) spans.push({ symbol, start, end, confidence: Math.exp(sum / (end - start)) });
    start = end;
  }
  return spans;
}
