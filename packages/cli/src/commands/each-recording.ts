// Recordings one by one: what one gives is printed, what one throws is said, and the others are done all the same.
import { inputFiles, type InputFile } from "../input-files.js";
import { terminalProgress, type Progress } from "../progress.js";
import { describeError, exitCodes } from "../usage-error.js";

/** One result: lines of text, or an object. */
export interface Rendered {
  /** Fields of each line of text, without the file. */
  readonly lines: readonly (readonly string[])[];
  readonly json: object;
}

/**
 * Works through recordings in the order given. Text is a line of tabs each, after the file's name if there are several;
 * JSON one object, or one a line with its file.
 *
 * @param prepare opens what works; it is disposed of at the end
 * @returns the exit code: 1 if any recording failed
 */
export async function eachRecording(
  names: readonly string[],
  { format, quiet }: { readonly format: "text" | "json"; readonly quiet?: true },
  prepare: (progress: Progress) => Promise<{
    readonly work: (input: InputFile) => Promise<Rendered>;
    readonly dispose: () => void | Promise<void>;
  }>,
): Promise<number> {
  const inputs = await inputFiles(names);
  const several = inputs.length > 1;
  const progress = terminalProgress(quiet ?? false);
  let failures = 0;
  try {
    const { work, dispose } = await prepare(progress);
    try {
      for (const input of inputs) {
        try {
          const { lines, json } = await work(input);
          if (format === "text")
            for (const fields of lines)
              process.stdout.write(`${[...(several ? [input.name] : []), ...fields].join("\t")}\n`);
          else if (several) process.stdout.write(`${JSON.stringify({ file: input.name, ...json })}\n`);
          else process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        } catch (error) {
          progress.message(`wav2vec: ${input.name}: ${describeError(error)}`);
          failures++;
        }
      }
    } finally {
      await dispose();
    }
  } finally {
    progress.stop();
  }
  return failures > 0 ? exitCodes.failed : exitCodes.done;
}
