// `wav2vec transcribe`: recordings to text with times, one after another or in batches.
import { createRecognizer, type Outcome, type Transcript } from "@wav2vec/asr";
import type { Checkpoint } from "@wav2vec/checkpoints";
import { createLanguageIdentifier } from "@wav2vec/language-id";
import type { BeamFlags } from "../beam-options.js";
import { loadBackend, type BackendName } from "../backend.js";
import { inputFiles, type InputFile } from "../input-files.js";
import { shippedModel } from "../model-source.js";
import type { OutputFormat } from "../options.js";
import { outputPaths, prepareFolder, writeWhole } from "../output-files.js";
import { terminalProgress } from "../progress.js";
import { extensionOf, renderResult, requireOneText } from "../render-result.js";
import { describeError, exitCodes, UsageError } from "../usage-error.js";
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
  readonly identifier?: string;
  readonly languageBy?: "recording" | "window";
  readonly offline?: true;
  readonly quiet?: true;
}

/** @returns the exit code: 1 if any recording failed */
export async function transcribe(names: readonly string[], options: TranscribeOptions): Promise<number> {
  requireOneText(options.nbest, options.format);
  checkAuto(options);
  const inputs = await inputFiles(names);
  const paths =
    options.out === undefined ? undefined : outputPaths(inputs, options.out, extensionOf(options.format));
  if (options.out !== undefined) await prepareFolder(options.out);

  const progress = terminalProgress(options.quiet ?? false);
  const abort = new AbortController();
  const stop = () => abort.abort(new Error("stopped"));
  process.once("SIGINT", stop);
  const checkpoints: Checkpoint[] = [];
  const open = async (source: string | undefined) => {
    const checkpoint = await openModel(source, options.offline, progress);
    checkpoints.push(checkpoint);
    return checkpoint;
  };
  try {
    const backend = await loadBackend(options.backend, options.threads);
    const { identifier: source, language, languageBy } = options;
    const identifier =
      source === undefined
        ? undefined
        : await createLanguageIdentifier({ model: await open(source), backend });
    const recognizer = await createRecognizer({
      model: await open(options.model),
      backend,
      ...(language !== undefined && { language }),
      ...(identifier && { chooseLanguage: identifier.chooser() }),
    });
    const beam = await beamSettings(options, recognizer.model.vocabulary, options.model ?? shippedModel());
    const line = progress.line("transcribed", inputs.length === 1 ? "recording" : "recordings");
    let failures = 0;
    const outcomes = recognizer.transcribeEach(
      inputs.map(({ source }) => source),
      {
        batchSize: options.batchSize,
        ...(beam && { beam }),
        ...(languageBy && { languageBy }),
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
    identifier?.dispose();
    return failures > 0 ? exitCodes.failed : exitCodes.done;
  } finally {
    for (const checkpoint of checkpoints) await checkpoint.close();
    process.off("SIGINT", stop);
    progress.stop();
  }
}

/** @throws UsageError if options about finding the language contradict each other */
function checkAuto({ language, identifier, languageBy, lm, hotword }: TranscribeOptions): void {
  const auto = language === "auto";
  if (auto && identifier === undefined)
    throw new UsageError(
      "--language auto: name a model that identifies languages with --identifier, e.g. facebook/mms-lid-126",
    );
  const given = [
    ...(identifier === undefined ? [] : ["--identifier"]),
    ...(languageBy ? ["--language-by"] : []),
  ];
  if (!auto && given.length > 0)
    throw new UsageError(
      `${given.join(", ")}: for --language auto; leave it out, or let the language be auto`,
    );
  if (auto && (lm !== undefined || hotword))
    throw new UsageError("--lm, --hotword: of one language; name it with --language instead of auto");
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
    const alone = () =>
      renderResult(
        transcript,
        format,
        input.stem,
        transcript.languages && { languages: transcript.languages },
      );
    if (path !== undefined) await writeWhole(path, alone());
    else process.stdout.write(count > 1 ? renderInList(transcript, input, format) : alone());
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
  const { text, segments, alternatives, languages } = transcript;
  return `${JSON.stringify({ file: input.name, text, segments, alternatives, languages })}\n`;
}
