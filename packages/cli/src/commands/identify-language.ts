// `wav2vec identify-language`: which language is spoken in recordings, as a whole or over time.
import { createLanguageIdentifier, type LanguageIdentifier } from "@wav2vec/language-id";
import { loadBackend, type BackendName } from "../backend.js";
import { inputFiles, type InputFile } from "../input-files.js";
import { terminalProgress } from "../progress.js";
import { describeError, exitCodes, UsageError } from "../usage-error.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface IdentifyLanguageOptions {
  readonly model: string;
  readonly top?: number;
  readonly candidates?: string;
  readonly timeline?: true;
  readonly format: "text" | "json";
  readonly backend: BackendName;
  readonly threads?: number;
  readonly offline?: true;
  readonly quiet?: true;
}

/** @returns the exit code: 1 if any recording failed */
export async function identifyLanguage(
  names: readonly string[],
  options: IdentifyLanguageOptions,
): Promise<number> {
  if (options.timeline && options.top !== undefined)
    throw new UsageError("--top: a stretch of --timeline has one language; leave one of the two out");
  const inputs = await inputFiles(names);
  const progress = terminalProgress(options.quiet ?? false);
  const checkpoint = await openModel(options.model, options.offline, progress);
  try {
    const backend = await loadBackend(options.backend, options.threads);
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    let failures = 0;
    for (const input of inputs) {
      try {
        const result = await resultOf(identifier, input, options);
        process.stdout.write(render(result, inputs.length > 1 ? input.name : undefined, options.format));
      } catch (error) {
        progress.message(`wav2vec: ${input.name}: ${describeError(error)}`);
        failures++;
      }
    }
    identifier.dispose();
    return failures > 0 ? exitCodes.failed : exitCodes.done;
  } finally {
    await checkpoint.close();
    progress.stop();
  }
}

/** Languages of the whole, or of stretches with their times. */
type Result = Readonly<
  Record<
    string,
    readonly {
      readonly start?: number;
      readonly end?: number;
      readonly language: string;
      readonly name: string;
      readonly probability: number;
    }[]
  >
>;

async function resultOf(
  identifier: LanguageIdentifier,
  { source }: InputFile,
  { top, candidates, timeline }: IdentifyLanguageOptions,
): Promise<Result> {
  const allowed = candidates !== undefined && {
    candidates: candidates.split(",").map((name) => name.trim()),
  };
  if (timeline) return { segments: await identifier.segments(source, { ...allowed }) };
  return { languages: await identifier.identify(source, { ...(top !== undefined && { top }), ...allowed }) };
}

/** JSON, an object a line for several recordings; or a line of tabs for each language. */
function render(result: Result, file: string | undefined, format: "text" | "json"): string {
  if (format === "json")
    return file === undefined
      ? `${JSON.stringify(result, undefined, 2)}\n`
      : `${JSON.stringify({ file, ...result })}\n`;
  const lines = Object.values(result)
    .flat()
    .map(({ start, end, language, name, probability }) => [
      ...(file === undefined ? [] : [file]),
      ...[start, end].flatMap((time) => (time === undefined ? [] : [time.toFixed(2)])),
      language,
      name,
      probability.toFixed(4),
    ]);
  return lines.map((fields) => `${fields.join("\t")}\n`).join("");
}
