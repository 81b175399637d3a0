// Spells text in the symbols of a vocabulary: as it is, in the other case, without diacritics, in Latin letters.
import anyAscii from "any-ascii";
import type { Vocabulary } from "@wav2vec/decoders";

/** Some symbols, and the part of the text they stand for. */
export interface Spelling {
  /** Offsets in UTF-16 units of the text. */
  readonly from: number;
  readonly to: number;
  /** Symbol ids; undefined where the vocabulary has no way to write this. */
  readonly symbols: readonly number[] | undefined;
}

/** Spells normalised text. */
export type Speller = (text: string) => Spelling[];

const apostrophes = /[’ʼ`´＇]/gu;
/** Signs that have a name and no letters, though Unicode counts some of them as punctuation. */
export const signs = /[\p{S}&@#%‰§]/u;

/**
 * Makes the speller of a vocabulary.
 *
 * Each place takes the longest token that is there, in the text's case or the other. What is in no token is tried in
 * the other case in full (ß as SS), without its diacritics, and as romanised by any-ascii. Punctuation that a
 * vocabulary lacks is not said, but between letters it ends a word, as a dash does. Apostrophes count only there.
 *
 * @param language BCP 47 tag, for rules of case such as Turkish i; default: those of Unicode
 */
export function createSpeller(vocabulary: Vocabulary, language?: string): Speller {
  const { tokens, blank, wordDelimiter, special = [] } = vocabulary;
  const roles = new Set([blank, wordDelimiter, ...special]);
  const ids = new Map(tokens.flatMap((token, id) => (roles.has(id) || token === "" ? [] : [[token, id]])));
  const longest = Math.max(1, ...[...ids.keys()].map((token) => token.length));
  const upper = (text: string) => text.toLocaleUpperCase(language);
  const lower = (text: string) => text.toLocaleLowerCase(language);

  /** The longest token at a place. */
  const tokenAt = (text: string, at: number): { id: number; length: number } | undefined => {
    for (let length = Math.min(longest, text.length - at); length > 0; length--) {
      const part = text.slice(at, at + length);
      const id = ids.get(part) ?? ids.get(upper(part)) ?? ids.get(lower(part));
      if (id !== undefined) return { id, length };
    }
    return undefined;
  };
  /** All of a short text, or nothing. */
  const whole = (text: string): number[] | undefined => {
    const symbols: number[] = [];
    for (let at = 0; at < text.length;) {
      const found = tokenAt(text, at);
      if (!found) return undefined;
      symbols.push(found.id);
      at += found.length;
    }
    return symbols.length > 0 ? symbols : undefined;
  };
  const otherwise = (character: string): number[] | undefined => {
    const bare = character.normalize("NFD").replace(/\p{M}/gu, "");
    const latin = anyAscii(character).trim();
    return [upper(character), lower(character), bare, latin].map(whole).find(Boolean);
  };

  return (original) => {
    const text = original.replace(apostrophes, "'"); // one unit for one unit
    const spellings: Spelling[] = [];
    for (let at = 0; at < text.length;) {
      const character = String.fromCodePoint(text.codePointAt(at)!); // at is inside the text
      const isMark = /^\p{P}$/u.test(character) && !signs.test(character);
      const isInside =
        isMark && isLetter(text.slice(0, at), "end") && isLetter(text.slice(at + character.length), "start");
      const found = isMark && !isInside ? undefined : tokenAt(text, at);
      const to = at + (found?.length ?? character.length);
      if (found) spellings.push({ from: at, to, symbols: [found.id] });
      else if (isMark) {
        if (isInside && character !== "'" && wordDelimiter !== undefined)
          spellings.push({ from: at, to, symbols: [wordDelimiter] });
      } else if (signs.test(character)) spellings.push({ from: at, to, symbols: undefined });
      else if (/^[\p{L}\p{N}]$/u.test(character))
        spellings.push({ from: at, to, symbols: otherwise(character) });
      at = to;
    }
    return spellings;
  };
}

/** Whether a text starts or ends with something that is said. */
function isLetter(text: string, side: "start" | "end"): boolean {
  return (side === "start" ? /^[\p{L}\p{N}]/u : /[\p{L}\p{N}]\p{M}*$/u).test(text);
}
