// `wav2vec align`: a recording, or log-probabilities, and a text to timed text.
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { text as readStream } from "node:stream/consumers";
import { alignEmissions, createAligner, type AlignedText, type AlignTextOptions } from "@wav2vec/align";
import { loadBackend, type BackendName } from "../backend.js";
import { readEmissions, type EmissionFlags } from "../emissions-file.js";
import { inputFiles } from "../input-files.js";
import type { OutputFormat } from "../options.js";
import { writeWhole } from "../output-files.js";
import { terminalProgress, type Progress } from "../progress.js";
import { renderResult } from "../render-result.js";
import { exitCodes, UsageError } from "../usage-error.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface AlignCommandOptions extends EmissionFlags {
  readonly text?: string;
  readonly model?: string;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly format: OutputFormat;
  readonly out?: string;
  readonly language?: string;
  readonly by: "lines" | "sentences";
  readonly extraSpeech?: true;
  readonly mayBeMissing?: "segments" | "words";
  readonly emissions?: string;
  readonly vocab?: string;
  readonly offline?: true;
  readonly quiet?: true;
}

/** @returns the exit code; errors are thrown */
export async function align(words: readonly string[], options: AlignCommandOptions): Promise<number> {
  const [audio, spoken] = options.emissions === undefined ? [words[0], words.slice(1)] : [undefined, words];
  if (options.emissions === undefined && (options.vocab !== undefined || options.logits || options.blank))
    throw new UsageError("--vocab, --logits, --blank: belong to --emissions; leave them out");
  if (options.emissions === undefined && audio === undefined)
    throw new UsageError("align: no recording; name a file, or log-probabilities with --emissions");
  const text = await textOf(spoken, options.text);
  const progress = terminalProgress(options.quiet ?? false);
  try {
    const settings: AlignTextOptions = {
      segmentBy: options.by,
      ...(options.language !== undefined && { language: options.language }),
      ...(options.extraSpeech && { extraSpeech: true }),
      ...(options.mayBeMissing && { mayBeMissing: options.mayBeMissing }),
    };
    const aligned =
      audio === undefined
        ? await alignFile(options, text, settings)
        : await alignRecording(audio, options, text, settings, progress);
    for (const warning of aligned.warnings) progress.message(`wav2vec: ${warning}`);
    const source = audio ?? options.emissions ?? "";
    const { score, unspoken, warnings } = aligned;
    const rendered = renderResult(aligned, options.format, basename(source, extname(source)), {
      score,
      unspoken,
      warnings,
    });
    if (options.out === undefined) process.stdout.write(rendered);
    else await writeWhole(options.out, rendered);
    return exitCodes.done;
  } finally {
    progress.stop();
  }
}

async function alignFile(
  options: AlignCommandOptions,
  text: string,
  settings: AlignTextOptions,
): Promise<AlignedText> {
  const { emissions, meaning } = await readEmissions(options.emissions ?? "", options.vocab, options);
  return alignEmissions(emissions, text, meaning, settings);
}

async function alignRecording(
  audio: string,
  options: AlignCommandOptions,
  text: string,
  settings: AlignTextOptions,
  progress: Progress,
): Promise<AlignedText> {
  for (const [name, value] of [
    ["--frame-seconds", options.frameSeconds],
    ["--emission-delay", options.emissionDelay],
  ] as const)
    // prettier-ignore
    if (value !== undefined)
      throw new UsageError(`${name}: belongs to --emissions; a model knows its own; leave it out`);
  const [file, ...others] = await inputFiles([audio]);
  if (!file || others.length > 0)
    throw new UsageError(`align: ${audio} is several recordings; name one file`);
  const abort = new AbortController();
  const stop = () => abort.abort(new Error("stopped"));
  process.once("SIGINT", stop);
  try {
    const checkpoint = await openModel(options.model, options.offline, progress);
    try {
      const backend = await loadBackend(options.backend, options.threads);
      const aligner = await createAligner({ model: checkpoint, backend });
      const line = progress.line("audio", "s");
      const aligned = await aligner
        .align(file.source, text, {
          ...settings,
          signal: abort.signal,
          onProgress: ({ secondsDone, secondsSeen }) => line.update(secondsDone, secondsSeen),
          onWarning: (warning) => progress.message(`wav2vec: ${warning}`),
        })
        .finally(() => aligner.dispose());
      line.end();
      return aligned;
    } finally {
      await checkpoint.close();
    }
  } finally {
    process.off("SIGINT", stop);
  }
}

/** The text: words of the command line, a .txt file among them alone, or what `--text` names. */
async function textOf(words: readonly string[], file: string | undefined): Promise<string> {
  const alone = words.length === 1 && words[0]!.endsWith(".txt") ? words[0] : undefined; // length checked
  if (file !== undefined && words.length > 0)
    throw new UsageError(
      `--text: the text is given twice, as ${JSON.stringify(words[0])} too; leave one out`,
    );
  const path = file ?? alone;
  if (path === undefined && words.length === 0)
    throw new UsageError("align: no text; give its words, a .txt file, or --text FILE");
  if (path === undefined) return words.join(" ");
  return path === "-" ? readStream(process.stdin) : readFile(path, "utf8");
}
