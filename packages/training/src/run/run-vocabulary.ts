// The vocabulary of a run: the one named, that of the model it starts from, or the characters of its transcripts.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { readFile } from "node:fs/promises";
import type { CtcConfig } from "../config/ctc-config.js";
import { buildVocabulary } from "../data/labels.js";
import { readEntries } from "../data/read-entries.js";
import { TrainingError } from "./events.js";
import type { StartingPoint } from "./starting-point.js";

/**
 * Tokens by id.
 *
 * @throws TrainingError if the file is no vocabulary, or there are no transcripts to build one from
 */
export async function chooseVocabulary(
  config: CtcConfig,
  { checkpoint }: StartingPoint,
): Promise<readonly string[]> {
  if (config.vocabulary !== undefined) return readVocabulary(config.vocabulary);
  const head = checkpoint?.weights.get("lm_head.weight");
  if (head && checkpoint?.vocabulary && !isNewLanguage(config, checkpoint))
    return checkpoint.vocabulary.tokens.slice(0, head.shape[0]);
  const entries = (await Promise.all(config.data.train.map(readEntries))).flat();
  const tokens = buildVocabulary(entries.flatMap(({ text }) => text ?? []), config.data.text); // prettier-ignore
  if (tokens.length > 5) return tokens;
  throw new TrainingError(
    "vocabulary: the training data has no transcripts; expected a column such as transcription",
  );
}

/** Whether the run is for another language than the one whose head the model has. */
export function isNewLanguage({ language }: Pick<CtcConfig, "language">, { tokenizer }: Checkpoint): boolean {
  return language !== undefined && language !== tokenizer.targetLang;
}

/** @throws TrainingError unless the file is `{ token: id }` with ids from 0 without gaps */
async function readVocabulary(path: string): Promise<readonly string[]> {
  const wrong = (what: string) =>
    new TrainingError(
      `vocabulary: ${path}: ${what}; expected { token: id } with ids from 0, as wav2vec vocab build writes`,
    );
  const text = await readFile(path, "utf8").catch(() => {
    throw wrong("cannot be read");
  });
  let ids: Record<string, number>;
  try {
    ids = JSON.parse(text) as Record<string, number>; // checked below
  } catch {
    throw wrong("is no JSON");
  }
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(ids)) tokens[id] = token;
  const count = Object.keys(ids).length;
  if (count === 0 || tokens.length !== count || tokens.findIndex((token) => token === undefined) >= 0)
    throw wrong(`has ${count} tokens with ids up to ${tokens.length - 1}`);
  if (!tokens.includes("<pad>")) throw wrong("lacks <pad>, the blank");
  return tokens;
}

export const tokenIds = (tokens: readonly string[]): ReadonlyMap<string, number> =>
  new Map(tokens.map((token, id) => [token, id]));
