// Finds numbers and the symbols around them in a word, and says them in words.
import { numberLanguageOf, type NumberLanguage, type NumberModule } from "./number-languages.js";

/** A stretch of a text and how it is said. */
export interface SpokenPiece {
  /** Offsets in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Words with spaces between them. */
  readonly spoken: string;
}

/** Finds what is written otherwise than it is said, in order. */
export type NumberReader = (text: string) => SpokenPiece[];

const number = /(\p{Sc})?(\d+(?:[.,'’ ]\d+)*)(?:(\p{Sc}|%|°)|(\p{L}{1,3}|[ºª])(?![\p{L}\d]))?/gu;

/**
 * Makes the reader of a language: cardinals, decimals, ordinals, the language's own currency, per cent, degrees, and
 * the sign for "and". Years are read as numbers.
 *
 * @param language BCP 47 tag
 * @returns undefined if its numbers cannot be written out
 * @throws RangeError if the tag is malformed
 */
export async function numberReader(language: string): Promise<NumberReader | undefined> {
  const row = numberLanguageOf(language);
  if (!row) return undefined;
  const module = await row.load();
  const locale = { language, ...separatorsOf(language) };
  return (text) => {
    const pieces: SpokenPiece[] = [];
    for (const match of text.matchAll(number)) {
      const [whole, before, digits, after, letters] = match;
      const plain = valueOf(digits!, locale); // part of every match
      const spoken =
        plain === undefined ? undefined : sayNumber(plain, [before, after, letters], row, module);
      const withUnit = spoken ?? sayUnit(plain, after, module, language);
      if (withUnit !== undefined) {
        pieces.push({ from: match.index, to: match.index + whole.length, spoken: tidy(withUnit) });
        continue;
      }
      const from = match.index + (before?.length ?? 0);
      const said =
        plain === undefined
          ? sayParts(digits!, module)
          : (sayPlain(plain, module) ?? sayParts(plain, module));
      pieces.push({ from, to: from + digits!.length, spoken: tidy(said) });
    }
    const and = text.indexOf("&");
    if (and >= 0) pieces.push({ from: and, to: and + 1, spoken: andIn(language) });
    return pieces.sort((a, b) => a.from - b.from);
  };
}

/** With its currency or as an ordinal; undefined if the signs around it mean neither. */
function sayNumber(
  plain: string,
  [before, after, letters]: readonly (string | undefined)[],
  { currency, ordinal }: NumberLanguage,
  module: NumberModule,
): string | undefined {
  const sign = before ?? after;
  if (currency !== undefined && sign === currency && !(before && after)) return module.toCurrency(plain);
  if (letters !== undefined && ordinal?.test(letters) && /^[1-9]\d*$/u.test(plain))
    return module.toOrdinal(plain);
  return undefined;
}

/** Per cent and degrees, whose names the runtime knows in every language. */
function sayUnit(
  plain: string | undefined,
  sign: string | undefined,
  module: NumberModule,
  language: string,
): string | undefined {
  const unit = sign === "%" ? "percent" : sign === "°" ? "degree" : undefined;
  if (plain === undefined || unit === undefined) return undefined;
  const format = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  return format
    .formatToParts(Number(plain))
    .map(({ type, value }) => (type === "unit" ? value : type === "integer" ? module.toCardinal(plain) : ""))
    .join(" ");
}

/** Numbers with leading zeros are codes, said digit by digit. */
function sayPlain(plain: string, module: NumberModule): string | undefined {
  return /^0\d/u.test(plain) ? undefined : module.toCardinal(plain);
}

/** Each run of digits alone; runs with leading zeros digit by digit. */
function sayParts(digits: string, module: NumberModule): string {
  const runs = digits.match(/\d+/gu) ?? [];
  return runs
    .flatMap((run) => (/^0\d/u.test(run) ? [...run] : [run]))
    .map((run) => module.toCardinal(run))
    .join(" ");
}

/** The digits as a decimal string, if the separators among them are used as the language does. */
function valueOf(
  digits: string,
  { group, decimal }: { readonly group: string; readonly decimal: string },
): string | undefined {
  if (/^\d+$/u.test(digits)) return digits;
  const [whole, fraction, ...rest] = digits.split(decimal);
  if (rest.length > 0 || whole === undefined || (fraction !== undefined && !/^\d+$/u.test(fraction)))
    return undefined;
  const groups = whole.split(group);
  const isGrouped =
    groups.every((part, i) => /^\d+$/u.test(part) && (i === 0 || part.length === 3)) &&
    (groups.length === 1 || (groups[0]!.length <= 3 && !groups[0]!.startsWith("0")));
  return isGrouped ? groups.join("") + (fraction === undefined ? "" : `.${fraction}`) : undefined;
}

function separatorsOf(language: string): { group: string; decimal: string } {
  const parts = new Intl.NumberFormat(language).formatToParts(1_234_567.5);
  const find = (type: "group" | "decimal", otherwise: string) =>
    parts.find((part) => part.type === type)?.value.normalize("NFKC") ?? otherwise; // a hard space as texts have it
  return { group: find("group", ","), decimal: find("decimal", ".") };
}

/** The word that joins two things, from the language's lists. */
function andIn(language: string): string {
  const list = new Intl.ListFormat(language, { type: "conjunction" }).formatToParts(["a", "b"]);
  return tidy(list.find(({ type }) => type === "literal")?.value ?? "");
}

/** Hyphens and commas of number words are not said. */
const tidy = (words: string): string => words.replace(/[-‐‑,\s]+/gu, " ").trim();
