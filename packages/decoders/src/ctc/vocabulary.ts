// What the symbols of a CTC network stand for, and how they become text.

/** Symbols are indices of `tokens`. Blank and padding are not assumed to be the same. */
export interface Vocabulary {
  /** [symbols] token of each symbol: a letter, several, a word piece, a phoneme. */
  readonly tokens: readonly string[];
  readonly blank: number;
  /** Symbol between words; absent where words are not marked by a symbol of their own. */
  readonly wordDelimiter?: number;
  readonly unknown?: number;
  /** Symbols that are no text: padding, sentence markers, the unknown symbol. Blank and delimiter need not be listed. */
  readonly special?: readonly number[];
  /** Text between the tokens of a word: "" for letters (default), " " for phonemes. */
  readonly separator?: string;
  /** Prefix that marks the first piece of a word in word-piece vocabularies, e.g. "▁". */
  readonly wordPrefix?: string;
}

/** A vocabulary that cannot be used. */
export class VocabularyError extends Error {
  override name = "VocabularyError";
}

/** Names of the tokens with a role, as in a Hugging Face tokenizer configuration. */
export interface TokenRoles {
  /** Default `<pad>`, which Hugging Face uses as blank. */
  readonly blank?: string;
  /** Default `|`, if there is such a token. */
  readonly wordDelimiter?: string;
  readonly unknown?: string;
  readonly special?: readonly string[];
  readonly separator?: string;
  readonly wordPrefix?: string;
  /** Which part of a nested `{ language: { token: id } }` vocabulary to use. */
  readonly language?: string;
}

/**
 * Makes a vocabulary of the content of a `vocab.json`.
 *
 * @throws VocabularyError if ids have gaps, the blank is missing, or a nested vocabulary lacks the language
 */
export function createVocabulary(
  ids: Record<string, number | Record<string, number>>,
  roles: TokenRoles = {},
): Vocabulary {
  const {
    blank = "<pad>",
    wordDelimiter = "|",
    unknown = "<unk>",
    special = ["<pad>", "<s>", "</s>", "<unk>"],
  } = roles;
  const first = Object.values(ids)[0];
  const flat = typeof first === "object" ? ids[roles.language ?? Object.keys(ids)[0]!] : ids;
  if (typeof flat !== "object") {
    throw new VocabularyError(
      `vocabulary: no language "${roles.language}"; it has ${Object.keys(ids).join(", ")}`,
    );
  }
  const entries = Object.entries(flat as Record<string, number>);
  const tokens = new Array<string>(entries.length);
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || id < 0 || id >= entries.length || tokens[id] !== undefined) {
      throw new VocabularyError(
        `vocabulary: "${token}" has id ${id}; expected each of 0 to ${entries.length - 1} once`,
      );
    }
    tokens[id] = token;
  }
  const symbolOf = (token: string) => tokens.indexOf(token);
  if (symbolOf(blank) < 0)
    throw new VocabularyError(
      `vocabulary: no token "${blank}"; name the token that the model was trained with as blank`,
    );
  return {
    tokens,
    blank: symbolOf(blank),
    ...(symbolOf(wordDelimiter) >= 0 ? { wordDelimiter: symbolOf(wordDelimiter) } : {}),
    ...(symbolOf(unknown) >= 0 ? { unknown: symbolOf(unknown) } : {}),
    special: special.map(symbolOf).filter((symbol) => symbol >= 0),
    ...(roles.separator === undefined ? {} : { separator: roles.separator }),
    ...(roles.wordPrefix === undefined ? {} : { wordPrefix: roles.wordPrefix }),
  };
}

/** @returns the symbols that spell `word`, longest tokens first, undefined if a character has none */
export function spellWord(word: string, vocabulary: Vocabulary): number[] | undefined {
  const { tokens, blank, wordDelimiter, wordPrefix = "" } = vocabulary;
  const symbols = new Map(tokens.map((token, symbol) => [token, symbol]));
  for (const symbol of [blank, wordDelimiter, ...(vocabulary.special ?? [])])
    if (symbol !== undefined) symbols.delete(tokens[symbol]!);
  const longest = Math.max(...[...symbols.keys()].map((token) => token.length));
  const text = wordPrefix + word;
  const spelling: number[] = [];
  for (let at = 0; at < text.length;) {
    let length = Math.min(longest, text.length - at);
    while (length > 0 && !symbols.has(text.slice(at, at + length))) length -= 1;
    if (length === 0) return undefined;
    spelling.push(symbols.get(text.slice(at, at + length))!);
    at += length;
  }
  return spelling;
}
