// From a text as people write it to symbols that can be aligned, every word tied to what stood in the text.
import { STAR, type Vocabulary } from "@wav2vec/decoders";
import { splitSegments, splitWords, type SegmentUnit } from "./split-text.js";
import { createSpeller, type Speller } from "./spell.js";
import { numberReader, type NumberReader } from "./spoken-numbers.js";

/** How a text is read. */
export interface PrepareOptions {
  /** BCP 47 tag, e.g. "en" or "pt-BR": how numbers are said, sentences end and case is changed. Default: not known. */
  readonly language?: string;
  /** What a segment is where the text is one string. Default "lines". */
  readonly segmentBy?: SegmentUnit;
}

/** The smallest part of a text that gets a time: usually a letter, or a number written in digits. */
export interface PreparedUnit {
  /** As it was written. */
  readonly text: string;
  /** Symbol ids; [STAR] for what cannot be spelled. */
  readonly symbols: readonly number[];
}

/** One word. */
export interface PreparedWord {
  /** As it was written, punctuation included. */
  readonly text: string;
  readonly units: readonly PreparedUnit[];
  /** Whether a word delimiter belongs before it. */
  readonly isSpaced: boolean;
}

/** One segment. */
export interface PreparedSegment {
  readonly text: string;
  readonly words: readonly PreparedWord[];
}

/** A text that is ready to be aligned. */
export interface PreparedText {
  readonly segments: readonly PreparedSegment[];
  /** What could not be spelled and is left to the aligner to find: digits without a language, unknown characters. */
  readonly warnings: readonly string[];
}

/** A text that has nothing to align. */
export class TextError extends Error {
  override readonly name = "TextError";
}

/**
 * Prepares a text. A `*` that stands alone is a wildcard: anything may be said there.
 *
 * @param text one string, which is cut into segments, or segments
 * @throws TextError if there are no words; RangeError if the language tag is malformed
 */
export async function prepareText(
  text: string | readonly string[],
  vocabulary: Vocabulary,
  { language, segmentBy = "lines" }: PrepareOptions = {},
): Promise<PreparedText> {
  const segments = typeof text === "string" ? splitSegments(text, segmentBy, language) : text;
  const read = language === undefined ? undefined : await numberReader(language);
  const unknown = new Map<string, number>();
  const context: Context = { spell: createSpeller(vocabulary, language), read, vocabulary, unknown };
  const prepared = segments
    .map((segment) => ({
      text: segment,
      words: splitWords(segment, language).map((word) => ({ ...word, units: unitsOf(word.text, context) })),
    }))
    .filter(({ words }) => words.length > 0);
  if (prepared.length === 0)
    throw new TextError("align: the text has no words; expected at least one letter, digit or wildcard");
  return { segments: prepared, warnings: warningsOf(unknown, language, read !== undefined) };
}

interface Context {
  readonly spell: Speller;
  readonly read: NumberReader | undefined;
  readonly vocabulary: Vocabulary;
  /** Characters that became stars, with how often. */
  readonly unknown: Map<string, number>;
}

function unitsOf(word: string, { spell, read, vocabulary, unknown }: Context): PreparedUnit[] {
  if (word === "*") return [{ text: word, symbols: [STAR] }];
  const { text, ownerAt, graphemes } = normalise(word);
  const units: { from: number; to: number; symbols: number[] }[] = []; // graphemes [from, to)
  const add = (from: number, to: number, symbols: readonly number[] | undefined) => {
    const [first, last] = [ownerAt[from]!, ownerAt[to - 1]! + 1]; // offsets come from this text
    const before = units.at(-1);
    if (symbols === undefined) {
      const character = graphemes.slice(first, last).join("");
      unknown.set(character, (unknown.get(character) ?? 0) + 1);
    }
    const own = symbols ?? [STAR];
    const isOneStar = before !== undefined && own[0] === STAR && before.symbols.at(-1) === STAR;
    if (before && (before.to > first || isOneStar)) {
      if (!isOneStar) before.symbols.push(...own);
      before.to = Math.max(before.to, last);
    } else units.push({ from: first, to: last, symbols: [...own] });
  };
  const addText = (from: number, to: number) => {
    // letters beside a number are inside the word: the speller must see both sides, so it sees the whole word
    for (const spelling of spell(text))
      if (spelling.from >= from && spelling.to <= to) add(spelling.from, spelling.to, spelling.symbols);
  };
  let at = 0;
  for (const { from, to, spoken } of read?.(text) ?? []) {
    addText(at, from);
    const written = spell(text.slice(from, to));
    const isSpelled = written.length > 0 && written.every(({ symbols }) => symbols !== undefined);
    if (isSpelled)
      addText(from, to); // the vocabulary has digits
    else {
      const symbols = spellWords(spoken, spell, vocabulary);
      add(from, to, symbols && apart(symbols, text, from, to, vocabulary));
    }
    at = to;
  }
  addText(at, text.length);
  return units.map(({ from, to, symbols }) => ({ text: graphemes.slice(from, to).join(""), symbols }));
}

/** Words with delimiters between; undefined if any character cannot be spelled. */
function spellWords(spoken: string, spell: Speller, { wordDelimiter }: Vocabulary): number[] | undefined {
  const words = spoken.split(" ").map((word) => spell(word.normalize("NFKC")));
  const all = words.flat();
  if (all.length === 0 || all.some(({ symbols }) => symbols === undefined)) return undefined;
  return words.flatMap((word, i) => [
    ...(i > 0 && wordDelimiter !== undefined ? [wordDelimiter] : []),
    ...word.flatMap(({ symbols }) => symbols!), // checked above
  ]);
}

/** Puts delimiters where letters or digits stand right beside what is said as words of its own: R&B, 5km. */
function apart(
  symbols: readonly number[],
  text: string,
  from: number,
  to: number,
  { wordDelimiter }: Vocabulary,
): number[] {
  const delimiter = wordDelimiter === undefined ? [] : [wordDelimiter];
  const [before, after] = [/[\p{L}\p{N}]$/u.test(text.slice(0, from)), /^[\p{L}\p{N}]/u.test(text.slice(to))];
  return [...(before ? delimiter : []), ...symbols, ...(after ? delimiter : [])];
}

/** NFKC of each grapheme, and which grapheme each UTF-16 unit of the result came from. */
function normalise(word: string): { text: string; ownerAt: number[]; graphemes: string[] } {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const graphemes = Array.from(segmenter.segment(word), ({ segment }) => segment);
  const parts = graphemes.map((grapheme) => {
    const plain = decimalDigits(grapheme.normalize("NFKC"));
    return plain.includes("\u2044") ? grapheme : plain; // a half is not said "one two"
  });
  return {
    text: parts.join(""),
    ownerAt: parts.flatMap((part, i) => Array<number>(part.length).fill(i)),
    graphemes,
  };
}

/** Digits of any script as 0 to 9: Unicode has the ten of each script in a row. */
function decimalDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!; // a match is not empty
    let zero = code;
    while (code - zero < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String(code - zero);
  });
}

function warningsOf(
  unknown: ReadonlyMap<string, number>,
  language: string | undefined,
  canRead: boolean,
): string[] {
  const isNumber = (character: string) => /\p{N}/u.test(character);
  const list = (characters: string[]) =>
    characters.map((character) => `${character} (${unknown.get(character)}×)`).join(", ");
  const [numbers, others] = [
    [...unknown.keys()].filter(isNumber),
    [...unknown.keys()].filter((character) => !isNumber(character)),
  ];
  const warnings: string[] = [];
  if (numbers.length > 0) {
    const reason =
      language === undefined
        ? "name the language to have numbers spelled out"
        : canRead
          ? `the vocabulary cannot spell them in "${language}"`
          : `there are no number words for "${language}"; write them out`;
    warnings.push(`numbers are aligned to whatever is said there: ${list(numbers)}; ${reason}`);
  }
  if (others.length > 0)
    warnings.push(
      `not in the model's vocabulary, and aligned to whatever is said there: ${list(others)}; write out what is said`,
    );
  return warnings;
}
