// `wav2vec lm info`: what a language model file is, and what is odd about it.
import { stat } from "node:fs/promises";
import { openModelFile } from "../language-model.js";
import { exitCodes } from "../usage-error.js";

/** @returns the exit code; errors are thrown */
export async function modelInfo(path: string, { json }: { readonly json?: true }): Promise<number> {
  const model = await openModelFile(path);
  const { size } = await stat(path);
  const examples: string[] = [];
  for (let id = 0; id < model.wordCount && examples.length < 8; id++) {
    const word = model.wordOf(id);
    if (word !== undefined && !/^<.*>$/u.test(word)) examples.push(word);
  }
  const info = {
    file: path,
    bytes: size,
    order: model.order,
    words: model.wordCount,
    ...("count" in model && { ngrams: Array.from({ length: model.order }, (_, i) => model.count(i + 1)) }),
    examples,
    warnings: model.warnings,
  };
  process.stdout.write(
    json
      ? `${JSON.stringify(info, null, 2)}\n`
      : Object.entries(info)
          .filter(([, value]) => !Array.isArray(value) || value.length > 0)
          .map(([name, value]) => `${name.padEnd(8)}  ${Array.isArray(value) ? value.join(", ") : value}\n`)
          .join(""),
  );
  return exitCodes.done;
}
