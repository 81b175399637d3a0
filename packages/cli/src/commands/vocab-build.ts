// `wav2vec vocab build`: the characters of transcripts, as the vocabulary of a new recogniser.
import { buildVocabulary, countCharacters, readEntries } from "@wav2vec/training/node";
import { writeFile } from "node:fs/promises";
import { exitCodes, UsageError } from "../usage-error.js";

/** What the command line gives. */
export interface VocabOptions {
  readonly out: string;
  readonly split?: string | undefined;
  readonly case?: "upper" | "lower" | undefined;
  readonly remove?: string | undefined;
  readonly atLeast: number;
}

/** Writes the file and says what is in it. @returns the exit code */
export async function buildVocab(data: readonly string[], options: VocabOptions): Promise<number> {
  const { out, split, atLeast, case: casing, remove } = options;
  const entries = (await Promise.all(data.map((path) => readEntries({ path, split })))).flat();
  const texts = entries.flatMap(({ text }) => text ?? []);
  if (texts.length === 0)
    throw new UsageError(
      `vocab build: ${data.join(", ")}: no entry has a transcript; expected a column such as transcription`,
    );
  const rules = { case: casing, remove };
  const tokens = buildVocabulary(texts, { ...rules, atLeast });
  const ids = Object.fromEntries(tokens.map((token, id) => [token, id]));
  await writeFile(out, `${JSON.stringify(ids, null, 2)}\n`);
  const counts = [...countCharacters(texts, rules)].sort(([, a], [, b]) => b - a);
  process.stdout.write(`${out}: ${tokens.length} tokens from ${texts.length} transcripts\n`);
  process.stdout.write(`${counts.map(([character, count]) => `${character} ${count}`).join(", ")}\n`);
  return exitCodes.done;
}
