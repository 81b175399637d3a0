// The tokens of a recogniser: vocab.json, flat or nested by language, and fairseq's dict.ltr.txt.
import { FormatError } from "../errors.js";
import { isObject } from "../files/strict-json.js";

/** Tokens by id, and ids by token. */
export interface Vocabulary {
  /** Row i of the head scores `tokens[i]`. */
  readonly tokens: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  /** Ids that the file leaves out; `tokens` has the unknown token there. */
  readonly holes: readonly number[];
}

const TOKEN_LIMIT = 2_000_000;

/**
 * Reads `{ token: id }`.
 *
 * @param added tokens of added_tokens.json or tokenizer_config.json, merged before ids are checked
 * @param unknown what stands in for ids that no token has
 * @throws FormatError if an id is not a whole number ≥ 0, is given twice, or is far beyond the count
 */
export function parseVocabulary(
  file: string,
  json: Readonly<Record<string, unknown>>,
  added: ReadonlyMap<string, number>,
  unknown: string,
): Vocabulary {
  const ids = new Map<string, number>();
  for (const [token, id] of [...Object.entries(json), ...added]) {
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0)
      throw new FormatError(file, `token ${quote(token)} has id ${quote(id)}; expected a whole number ≥ 0`);
    ids.set(token, id);
  }
  const size = 1 + [...ids.values()].reduce((a, b) => Math.max(a, b), -1);
  if (size > Math.min(TOKEN_LIMIT, 4 * ids.size + 1024))
    throw new FormatError(
      file,
      `the largest id is ${size - 1} for ${ids.size} tokens; expected ids without large gaps`,
    );
  const tokens = new Array<string | undefined>(size).fill(undefined);
  for (const [token, id] of ids) {
    const other = tokens[id];
    if (other !== undefined)
      throw new FormatError(
        file,
        `tokens ${quote(other)} and ${quote(token)} share id ${id}; expected one token an id`,
      );
    tokens[id] = token;
  }
  const holes = tokens.flatMap((token, id) => (token === undefined ? [id] : []));
  return { tokens: tokens.map((token) => token ?? unknown), ids, holes };
}

/**
 * MMS nests vocabularies: `{ language: { token: id } }`.
 *
 * @returns the vocabularies by language, or undefined if the file is flat
 */
export function nestedVocabularies(
  json: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Record<string, unknown>> | undefined {
  const entries = Object.entries(json).filter((entry): entry is [string, Record<string, unknown>] =>
    isObject(entry[1]),
  );
  return entries.length > 0 && entries.length === Object.keys(json).length ? new Map(entries) : undefined;
}

/**
 * Reads fairseq's dictionary: a symbol and a count on each line. The four symbols that fairseq puts in front get the
 * names that Hugging Face gives them, so that row 0, fairseq's blank `<s>`, is `<pad>`.
 */
export function parseFairseqDictionary(file: string, text: string): Vocabulary {
  const symbols = text.split("\n").filter((line) => line.trim() !== "").map((line) => line.slice(0, Math.max(line.lastIndexOf(" "), 0)) || line); // prettier-ignore
  const entries = ["<pad>", "<s>", "</s>", "<unk>", ...symbols].map((token, id) => [token, id] as const);
  const ids = new Map(entries);
  if (ids.size !== entries.length)
    throw new FormatError(
      file,
      "lists a symbol twice, or one of <pad>, <s>, </s>, <unk>; expected each once",
    );
  return { tokens: entries.map(([token]) => token), ids, holes: [] };
}

function quote(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
