// Lays a prepared text out as the targets of one alignment: delimiters between words, wildcards, what may be left out.
import { STAR, type OptionalText, type Vocabulary } from "@wav2vec/decoders";
import type { PreparedText } from "./text/prepare-text.js";

/** What a recording may have that the text does not, and the other way round. */
export interface Freedoms {
  /** Allows any speech before, between and after segments. Default false. */
  readonly extraSpeech?: boolean;
  /** What of the text may not have been said. Default "nothing". */
  readonly mayBeMissing?: "nothing" | "segments" | "words";
  /** Nats that a symbol must be worse than silence, on average, for its text to be left out. Default 4. */
  readonly missingCost?: number;
}

/** Targets, and where in them each unit is. */
export interface TextLayout {
  readonly targets: readonly number[];
  readonly optional: readonly OptionalText[];
  /** [segments][words][units] first target and target after the last; -1 for a mark that only ends a word. */
  readonly units: readonly (readonly (readonly { readonly from: number; readonly to: number }[])[])[];
}

/** Lays a text out. @throws RangeError if `missingCost` is negative or NaN */
export function layOutText(
  { segments }: PreparedText,
  { wordDelimiter }: Vocabulary,
  { extraSpeech = false, mayBeMissing = "nothing", missingCost = 4 }: Freedoms = {},
): TextLayout {
  if (!(missingCost >= 0))
    throw new RangeError(`align: missingCost is ${missingCost}; expected nats, 0 or more`);
  const targets: number[] = [];
  const optional: OptionalText[] = [];
  const mark = (from: number, to: number) => {
    if (to > from) optional.push({ from, to, logProb: -missingCost * (to - from) });
  };
  const wildcard = () => {
    if (extraSpeech && targets.at(-1) !== STAR) targets.push(STAR);
  };
  const units = segments.map(({ words }) => {
    wildcard();
    const start = targets.length;
    const own = words.map((word, w) => {
      const from = targets.length;
      // A wildcard takes the delimiters beside it along.
      const isApart = word.isSpaced || w === 0;
      const besideStar = targets.at(-1) === STAR || word.units[0]?.symbols[0] === STAR;
      if (isApart && !besideStar && targets.length > 0 && wordDelimiter !== undefined)
        targets.push(wordDelimiter);
      const ranges = word.units.map(({ symbols }) => {
        const first = targets.length;
        targets.push(...symbols);
        const isMark = symbols.every((symbol) => symbol === wordDelimiter);
        return isMark ? { from: -1, to: -1 } : { from: first, to: targets.length };
      });
      if (mayBeMissing === "words") mark(from, targets.length);
      return ranges;
    });
    if (mayBeMissing === "segments") mark(start, targets.length);
    return own;
  });
  wildcard();
  return { targets, optional, units };
}
