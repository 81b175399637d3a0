// Error rates of recognised text: words (WER), characters (CER), phones or any tokens (PER), with what went wrong.
import { alignEdits, type Edit } from "./align-edits.js";

/** How many tokens were right, and how the others were wrong. */
export interface ErrorCounts {
  readonly hits: number;
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

/** The measures made of counts. */
export interface ErrorRates extends ErrorCounts {
  /** Errors per token of the reference: WER, CER or PER. With an empty reference, the number of insertions. */
  readonly rate: number;
  /** Match error rate: share of edits that are errors, in [0, 1]. */
  readonly matchErrorRate: number;
  /** Word information lost, in [0, 1]. */
  readonly informationLost: number;
}

/** A reference and what was recognised instead. */
export interface TextPair {
  readonly reference: string;
  readonly hypothesis: string;
}

/** One compared pair: its tokens, its edits, its rates. */
export interface ComparedPair extends ErrorRates {
  readonly reference: readonly string[];
  readonly hypothesis: readonly string[];
  readonly edits: readonly Edit[];
}

/** What a text is cut into: words at spaces, characters as code points, or graphemes as a reader sees them. */
export type TextUnit = "words" | "characters" | "graphemes";

/**
 * Compares texts pair by pair.
 *
 * Words are cut at single spaces after runs of white space have become one space and the ends are trimmed, as
 * jiwer does; case and punctuation count unless `normalise` removes them.
 *
 * @param options.normalise applied to both sides first, e.g. lower-casing; default: texts as they are
 */
export function compareTexts(
  pairs: readonly TextPair[],
  options: { readonly unit?: TextUnit; readonly normalise?: (text: string) => string } = {},
): ComparedPair[] {
  const { unit = "words", normalise = (text) => text } = options;
  return pairs.map(({ reference, hypothesis }) =>
    compareTokens(splitText(normalise(reference), unit), splitText(normalise(hypothesis), unit)),
  );
}

/** Compares two token sequences, e.g. phones. */
export function compareTokens(reference: readonly string[], hypothesis: readonly string[]): ComparedPair {
  const edits = alignEdits(reference, hypothesis);
  return { reference, hypothesis, edits, ...errorRates([countEdits(edits)]) };
}

/** Word error rate of all pairs together: all errors over all words of the references. */
export const wordErrorRate = (pairs: readonly TextPair[]): number => errorRates(compareTexts(pairs)).rate;

/** Character error rate (code points) of all pairs together. */
export const characterErrorRate = (pairs: readonly TextPair[]): number =>
  errorRates(compareTexts(pairs, { unit: "characters" })).rate;

/** Counts edits by type. */
export function countEdits(edits: readonly Edit[]): ErrorCounts {
  const count = (type: Edit["type"]) => edits.reduce((sum, edit) => sum + (edit.type === type ? 1 : 0), 0);
  return {
    hits: count("hit"),
    substitutions: count("substitution"),
    deletions: count("deletion"),
    insertions: count("insertion"),
  };
}

/**
 * Adds counts up and makes rates of the sums.
 *
 * @see Morris, Maier, Green 2004, "From WER and RIL to MER and WIL", for the last two
 */
export function errorRates(all: readonly ErrorCounts[]): ErrorRates {
  const sum = (key: keyof ErrorCounts) => all.reduce((total, counts) => total + counts[key], 0);
  const [hits, substitutions, deletions, insertions] = [
    sum("hits"),
    sum("substitutions"),
    sum("deletions"),
    sum("insertions"),
  ];
  const errors = substitutions + deletions + insertions;
  const referenceLength = hits + substitutions + deletions;
  const hypothesisLength = hits + substitutions + insertions;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const kept = share(hits, referenceLength) * share(hits, hypothesisLength);
  return {
    hits,
    substitutions,
    deletions,
    insertions,
    rate: referenceLength === 0 ? insertions : errors / referenceLength,
    matchErrorRate: share(errors, hits + errors),
    informationLost: hits + errors === 0 ? 0 : 1 - kept,
  };
}

/** Cuts a text into its units. */
export function splitText(text: string, unit: TextUnit): string[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (unit === "words") return trimmed.replace(/\s\s+/gu, " ").split(" ");
  if (unit === "characters") return [...trimmed];
  return Array.from(
    new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(trimmed),
    ({ segment }) => segment,
  );
}

/** One kind of error and how often it happened; null stands for nothing (an insertion or a deletion). */
export interface Confusion {
  readonly reference: string | null;
  readonly hypothesis: string | null;
  readonly count: number;
}

/** All errors of the pairs by what became what, most frequent first, equal counts in order of appearance. */
export function confusions(pairs: readonly ComparedPair[]): Confusion[] {
  const found = new Map<string, Confusion>();
  for (const pair of pairs) {
    for (const edit of pair.edits) {
      if (edit.type === "hit") continue;
      const reference = edit.reference === null ? null : pair.reference[edit.reference]!;
      const hypothesis = edit.hypothesis === null ? null : pair.hypothesis[edit.hypothesis]!;
      const key = JSON.stringify([reference, hypothesis]);
      found.set(key, { reference, hypothesis, count: (found.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
