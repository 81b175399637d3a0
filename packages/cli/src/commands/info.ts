// `wav2vec info`: what a model is, and every oddity that could surprise its user.
import { describeModel, type ModelDescription } from "@wav2vec/asr";
import { terminalProgress } from "../progress.js";
import { exitCodes } from "../usage-error.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface InfoOptions {
  readonly json?: true;
  readonly offline?: true;
}

/** Prints a table, or JSON. */
export async function info(model: string | undefined, options: InfoOptions): Promise<number> {
  const checkpoint = await openModel(model, options.offline, terminalProgress(false));
  const description = await describeModel(checkpoint);
  await checkpoint.close();
  process.stdout.write(options.json ? `${JSON.stringify(description, null, 2)}\n` : table(description));
  return exitCodes.done;
}

function table(model: ModelDescription): string {
  const rows: [string, string][] = [
    ["model", model.source],
    ["files", `${model.files.join(", ")} (${model.format})`],
    ["architecture", model.architecture],
    ["encoder", model.encoder],
    ["context", model.context],
    ["parameters", model.parameters.toLocaleString("en-US")],
    ["vocabulary", model.vocabulary],
    ["normalise", model.normalises ? "each clip to zero mean and unit variance" : "no: raw samples"],
    ["mask rule", model.maskRule],
    ["licence", model.license ?? "not stated in the files"],
    ...(model.languages.length > 0
      ? [["languages", model.languages.join(", ")] satisfies [string, string]]
      : []),
    ...model.oddities.map((oddity, i): [string, string] => [i === 0 ? "odd" : "", oddity]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text}\n`).join("");
}
