// `wav2vec train report`: draws runs into one page, one over the other.
import { writeReport } from "@wav2vec/training/node";
import { join } from "node:path";
import { exitCodes, UsageError } from "../usage-error.js";

/** Writes the page. @returns the exit code */
export async function trainReport(
  runs: readonly string[],
  { out }: { readonly out?: string | undefined },
): Promise<number> {
  const [only, ...others] = runs as [string, ...string[]]; // the command takes one or more
  if (out === undefined && others.length > 0)
    throw new UsageError(
      `train report: ${runs.length} runs and no --out; expected a file for the page that compares them`,
    );
  const file = out ?? join(only, "report.html");
  await writeReport(runs, file);
  process.stdout.write(`${file}\n`);
  return exitCodes.done;
}
