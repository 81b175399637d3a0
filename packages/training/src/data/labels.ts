// Between transcripts and the labels of CTC: vocabularies built from texts, texts spelled in a vocabulary.

/** How transcripts are written before they are spelled. */
export interface TextRules {
  /** Case of the vocabulary; default `keep`. */
  readonly case?: "upper" | "lower" | "keep" | undefined;
  /** Characters that are left out, such as punctuation. */
  readonly remove?: string | undefined;
}

/** Tokens of a vocabulary that stand for no character, in the order of their ids; `|` stands between words. */
export const SPECIAL_TOKENS = ["<pad>", "<s>", "</s>", "<unk>", "|"] as const;

/** A transcript as the vocabulary spells it: composed (NFC), cased, single spaces, no removed characters. */
export function writtenText(text: string, { case: casing = "keep", remove = "" }: TextRules = {}): string {
  const composed = text.normalize("NFC");
  const cased =
    casing === "upper" ? composed.toUpperCase() : casing === "lower" ? composed.toLowerCase() : composed;
  const removed = new Set(remove);
  return [...cased]
    .filter((character) => !removed.has(character))
    .join("")
    .replace(/\s+/gu, " ")
    .trim();
}

/** How often each character occurs; the space is left out. */
export function countCharacters(texts: readonly string[], rules: TextRules = {}): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const character of writtenText(text, rules))
      if (character !== " ") counts.set(character, (counts.get(character) ?? 0) + 1);
  return counts;
}

/**
 * The vocabulary of transcripts: the special tokens, then every character that occurs, in code point order.
 *
 * @param atLeast characters that occur less often are left out
 */
export function buildVocabulary(
  texts: readonly string[],
  { atLeast = 1, ...rules }: TextRules & { readonly atLeast?: number } = {},
): string[] {
  const special = new Set<string>(SPECIAL_TOKENS);
  const characters = [...countCharacters(texts, rules)]
    .filter(([character, count]) => count >= atLeast && !special.has(character))
    .map(([character]) => character);
  return [...SPECIAL_TOKENS, ...characters.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)];
}

/** A text in labels, or the characters that the vocabulary lacks. */
export type Spelled =
  | { readonly labels: Int32Array; readonly unknown?: undefined }
  | { readonly labels?: undefined; readonly unknown: readonly string[] };

/**
 * Spells a written text, a token for each character and `|` for each space.
 *
 * @param ids of the vocabulary's tokens
 */
export function spell(text: string, ids: ReadonlyMap<string, number>): Spelled {
  const tokens = [...text].map((character) => (character === " " ? "|" : character));
  const unknown = [...new Set(tokens.filter((token) => !ids.has(token)))];
  return unknown.length > 0 ? { unknown } : { labels: Int32Array.from(tokens, (token) => ids.get(token)!) }; // checked
}
