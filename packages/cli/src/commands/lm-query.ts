// `wav2vec lm query`: how probable sentences are, word by word.
import { linesOf, perplexity, scoreSentence } from "@wav2vec/decoders";
import { openModelFile } from "../language-model.js";
import { exitCodes, UsageError } from "../usage-error.js";

/** @returns the exit code; errors are thrown */
export async function queryModel(
  path: string,
  words: readonly string[],
  { json }: { readonly json?: true },
): Promise<number> {
  const model = await openModelFile(path);
  const sentences: string[] = [];
  if (words.length > 0) sentences.push(words.join(" "));
  else for await (const line of linesOf(process.stdin)) if (line.trim() !== "") sentences.push(line);
  if (sentences.length === 0) throw new UsageError("lm query: no sentences; expected one a line");
  const scored = sentences.map((text) => {
    const { total, words: scores } = scoreSentence(model, text);
    const spelled = [...text.trim().split(/\s+/u), "</s>"];
    return { text, log10: total, words: scores.map((score, i) => ({ word: spelled[i]!, ...score })) }; // one score a word
  });
  const summary = perplexity(model, sentences);
  if (json) {
    process.stdout.write(`${JSON.stringify({ sentences: scored, ...summary }, null, 2)}\n`);
    return exitCodes.done;
  }
  for (const { text, log10, words: scores } of scored) {
    const each = scores.map(
      ({ word, score, length, isUnknown }) => `${word}=${score.toFixed(4)}/${isUnknown ? "unknown" : length}`,
    );
    process.stdout.write(`${log10.toFixed(4)}\t${text}\n\t${each.join(" ")}\n`);
  }
  process.stdout.write(
    `perplexity ${summary.perplexity.toFixed(2)}, without unknown words ${summary.perplexityKnown.toFixed(2)}; ${summary.tokens} words and ends, ${summary.unknown} unknown\n`,
  );
  return exitCodes.done;
}
