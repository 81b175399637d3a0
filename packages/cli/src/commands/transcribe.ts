// `wav2vec transcribe`: recordings to text with times, one after another or in batches.
import { createRecognizer, type Outcome, type Transcript } from "@wav2vec/asr";
import type { Checkpoint } from "@wav2vec/checkpoints";
import type { BeamFlags } from "../beam-options.js";
import { loadBackend, type BackendName } from "../backend.js";
import { inputFiles, type InputFile } from "../input-files.js";
import { shippedModel } from "../model-source.js";
import type { OutputFormat } from "../options.js";
import { outputPaths, prepareFolder, writeWhole } from "../output-files.js";
import { terminalProgress } from "../progress.js";
import { extensionOf, renderResult, requireOneText } from "../render-result.js";
import { describeError, exitCodes } from "../usage-error.js";
import { beamSettings } from "./beam-settings.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface TranscribeOptions extends BeamFlags {
  readonly model?: string;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly format: OutputFormat;
  readonly out?: string;
  readonly batchSize: number;
  readonly language?: string;
  readonly offline?: true;
  readonly quiet?: true;
}

/** @returns the exit code: 1 if any recording failed */
export async function transcribe(names: readonly string[], options: TranscribeOptions): Promise<number> {
  requireOneText(options.nbest, options.format);
  const inputs = await inputFiles(names);
  const paths =
    options.out === undefined ? undefined : outputPaths(inputs, options.out, extensionOf(options.format));
  if (options.out !== undefined) await prepareFolder(options.out);

  const progress = terminalProgress(options.quiet ?? false);
  const abort = new AbortController();
  const stop = () => abort.abort(new Error("stopped"));
  process.once("SIGINT", stop);
  let checkpoint: Checkpoint | undefined;
  try {
    checkpoint = await openModel(options.model, options.offline, progress);
    const recognizer = await createRecognizer({
      model: checkpoint,
      backend: await loadBackend(options.backend, options.threads),
      ...(options.language !== undefined && { language: options.language }),
    });
    const beam = await beamSettings(options, recognizer.model.vocabulary, options.model ?? shippedModel());
    const line = progress.line("transcribed", inputs.length === 1 ? "recording" : "recordings");
    let failures = 0;
    const outcomes = recognizer.transcribeEach(
      inputs.map(({ source }) => source),
      {
        batchSize: options.batchSize,
        ...(beam && { beam }),
        signal: abort.signal,
        onWarning: (text) => progress.message(`wav2vec: ${text}`),
        onProgress: ({ secondsDone, recordingsDone }) =>
          line.update(recordingsDone, inputs.length, `${secondsDone.toFixed(0)} s of audio`),
      },
    );
    for await (const outcome of outcomes) {
      const input = inputs[outcome.index]!; // outcomes answer inputs
      if (
        !(await deliver(
          outcome,
          input,
          paths?.[outcome.index],
          options.format,
          inputs.length,
          progress.message,
        ))
      )
        failures++;
    }
    line.end();
    recognizer.dispose();
    return failures > 0 ? exitCodes.failed : exitCodes.done;
  } finally {
    await checkpoint?.close();
    process.off("SIGINT", stop);
    progress.stop();
  }
}

/** Writes one result where it belongs; a failure is reported and false. */
async function deliver(
  outcome: Outcome,
  input: InputFile,
  path: string | undefined,
  format: OutputFormat,
  count: number,
  report: (text: string) => void,
): Promise<boolean> {
  try {
    if (outcome.error) throw outcome.error;
    const { transcript } = outcome;
    if (path !== undefined) await writeWhole(path, renderResult(transcript, format, input.stem));
    else
      process.stdout.write(
        count > 1 ? renderInList(transcript, input, format) : renderResult(transcript, format, input.stem),
      );
    return true;
  } catch (error) {
    report(`wav2vec: ${input.name}: ${describeError(error)}`);
    return false;
  }
}

/** One of several results on standard output: a line each where the format allows. */
function renderInList(transcript: Transcript, input: InputFile, format: OutputFormat): string {
  if (format === "text") {
    const lines = renderResult(transcript, format, input.stem).trimEnd().split("\n");
    return lines.map((line) => `${input.name}\t${line}\n`).join("");
  }
  if (format !== "json") return renderResult(transcript, format, input.stem);
  const { text, segments, alternatives } = transcript;
  return `${JSON.stringify({ file: input.name, text, segments, alternatives })}\n`;
}
