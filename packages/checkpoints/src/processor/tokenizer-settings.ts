// Which tokens are special, and how text is cased: tokenizer_config.json, special_tokens_map.json, added_tokens.json.
import { FormatError } from "../errors.js";
import { isObject } from "../files/strict-json.js";

/** What turns token ids into text besides the vocabulary. */
export interface TokenizerSettings {
  readonly padToken: string;
  readonly unkToken: string;
  readonly bosToken: string;
  readonly eosToken: string;
  /** Becomes a space between words. */
  readonly wordDelimiterToken: string;
  /** What the delimiter becomes; a space unless the file says otherwise. */
  readonly replaceWordDelimiterChar: string;
  /** The vocabulary is lower case though texts are not. */
  readonly doLowerCase: boolean;
  /** Language whose vocabulary and adapter are active in a nested vocabulary. */
  readonly targetLang?: string;
}

/** Defaults of Hugging Face's Wav2Vec2CTCTokenizer. */
const DEFAULT_TOKENIZER: TokenizerSettings = {
  padToken: "<pad>",
  unkToken: "<unk>",
  bosToken: "<s>",
  eosToken: "</s>",
  wordDelimiterToken: "|",
  replaceWordDelimiterChar: " ",
  doLowerCase: false,
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Merges the files that name special tokens; tokenizer_config.json wins over special_tokens_map.json.
 *
 * @throws FormatError if a token is not text
 */
export function parseTokenizerSettings(
  file: string,
  config: Fields,
  specialTokens: Fields,
): TokenizerSettings {
  const token = (name: string, missing: string) =>
    tokenText(file, name, own(config, name) ?? own(specialTokens, name)) ?? missing;
  const lowerCase = own(config, "do_lower_case") ?? false;
  if (typeof lowerCase !== "boolean") throw new FormatError(file, "do_lower_case is not true or false");
  const targetLang = own(config, "target_lang");
  return {
    padToken: token("pad_token", DEFAULT_TOKENIZER.padToken),
    unkToken: token("unk_token", DEFAULT_TOKENIZER.unkToken),
    bosToken: token("bos_token", DEFAULT_TOKENIZER.bosToken),
    eosToken: token("eos_token", DEFAULT_TOKENIZER.eosToken),
    wordDelimiterToken: token("word_delimiter_token", DEFAULT_TOKENIZER.wordDelimiterToken),
    replaceWordDelimiterChar: token(
      "replace_word_delimiter_char",
      DEFAULT_TOKENIZER.replaceWordDelimiterChar,
    ),
    doLowerCase: lowerCase,
    ...(typeof targetLang === "string" && { targetLang }),
  };
}

/**
 * Tokens that extend vocab.json: `added_tokens_decoder` of tokenizer_config.json ({ id: { content } }) and
 * added_tokens.json ({ token: id }).
 */
export function addedTokens(config: Fields, addedTokensJson: Fields): ReadonlyMap<string, number> {
  const tokens = new Map<string, number>();
  for (const [token, id] of Object.entries(addedTokensJson))
    if (typeof id === "number") tokens.set(token, id);
  const decoder = own(config, "added_tokens_decoder");
  for (const [id, token] of Object.entries(isObject(decoder) ? decoder : {}))
    if (isObject(token) && typeof token["content"] === "string") tokens.set(token["content"], Number(id));
  return tokens;
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

/** A token is text, or an object with the text as `content`. */
function tokenText(file: string, name: string, value: unknown): string | undefined {
  const text = isObject(value) ? value["content"] : value;
  if (text === undefined || typeof text === "string") return text;
  throw new FormatError(file, `${name} is ${typeof text}; expected text`);
}
