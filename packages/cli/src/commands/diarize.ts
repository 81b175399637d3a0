// `wav2vec diarize`: who speaks when, and who says what.
import { createRecognizer, type Recognizer } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import type { Checkpoint } from "@wav2vec/checkpoints";
import { assignSpeakers, createFrameDiarizer, diarizeByClustering, renderRttm } from "@wav2vec/speaker";
import { loadBackend } from "../backend.js";
import { inputFiles, type InputFile } from "../input-files.js";
import type { OutputFormat } from "../options.js";
import { outputPaths, prepareFolder, writeWhole } from "../output-files.js";
import { terminalProgress } from "../progress.js";
import { extensionOf, renderResult } from "../render-result.js";
import { describeError, exitCodes, UsageError } from "../usage-error.js";
import { embedderOf, type EmbedderOptions } from "./open-embedder.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface DiarizeOptions extends EmbedderOptions {
  readonly speakers?: number;
  readonly threshold?: number;
  readonly asr?: string;
  readonly format: OutputFormat;
  readonly out?: string;
  readonly quiet?: true;
}

type Turns = Awaited<ReturnType<typeof diarizeByClustering>>;

/** A diarizer of either kind. */
interface Diarizer {
  diarize(samples: Float32Array): Promise<Turns>;
  dispose(): void;
}

/** @returns the exit code: 1 if any recording failed */
export async function diarize(names: readonly string[], options: DiarizeOptions): Promise<number> {
  if (options.asr === undefined && options.format !== "rttm" && options.format !== "json")
    throw new UsageError(`--format: ${options.format} holds words; add --asr MODEL, or use rttm or json`);
  const inputs = await inputFiles(names);
  const paths =
    options.out === undefined ? undefined : outputPaths(inputs, options.out, extensionOf(options.format));
  if (options.out !== undefined) await prepareFolder(options.out);
  const progress = terminalProgress(options.quiet ?? false);
  const opened: Checkpoint[] = [];
  const open = async (source: string) => {
    const checkpoint = await openModel(source, options.offline, progress);
    opened.push(checkpoint);
    return checkpoint;
  };
  try {
    const diarizer = await diarizerOf(await open(options.model), options);
    const recognizer =
      options.asr === undefined
        ? undefined
        : await createRecognizer({
            model: await open(options.asr),
            backend: await loadBackend(options.backend, options.threads),
          });
    let failures = 0;
    for (const [i, input] of inputs.entries()) {
      try {
        const rendered = await resultOf(input, diarizer, recognizer, options.format, inputs.length > 1);
        if (paths)
          await writeWhole(paths[i]!, rendered); // one path an input
        else process.stdout.write(rendered);
      } catch (error) {
        progress.message(`wav2vec: ${input.name}: ${describeError(error)}`);
        failures++;
      }
    }
    diarizer.dispose();
    recognizer?.dispose();
    return failures > 0 ? exitCodes.failed : exitCodes.done;
  } finally {
    for (const checkpoint of opened) await checkpoint.close();
    progress.stop();
  }
}

/** A classifier of frames hears speakers itself; everything else is embedded and clustered. */
async function diarizerOf(checkpoint: Checkpoint, options: DiarizeOptions): Promise<Diarizer> {
  const { speakers, threshold, pooledLayer } = options;
  const { weights } = checkpoint;
  const judgesFrames =
    pooledLayer === undefined && weights.has("classifier.weight") && !weights.has("projector.weight");
  if (judgesFrames) {
    if (speakers !== undefined)
      throw new UsageError(
        "--speakers: this model hears as many as it was trained for; leave the option out",
      );
    const model = await createFrameDiarizer({
      model: checkpoint,
      backend: await loadBackend(options.backend, options.threads),
    });
    return {
      diarize: (samples) => model.diarize(samples, threshold === undefined ? {} : { threshold }),
      dispose: () => model.dispose(),
    };
  }
  const count = speakers !== undefined ? { speakers } : threshold !== undefined ? { threshold } : undefined;
  if (!count)
    throw new UsageError("diarize: expected --speakers COUNT, or --threshold COSINE if that is not known");
  const embedder = await embedderOf(checkpoint, options);
  return {
    diarize: (samples) => diarizeByClustering(embedder, samples, count),
    dispose: () => embedder.dispose(),
  };
}

async function resultOf(
  { name, stem, source }: InputFile,
  diarizer: Diarizer,
  recognizer: Recognizer | undefined,
  format: OutputFormat,
  several: boolean,
): Promise<string> {
  const { samples } = await readAudio(source);
  const turns = await diarizer.diarize(samples);
  const file = several ? { file: name } : {};
  if (!recognizer) {
    if (format === "rttm") return renderRttm(turns, stem);
    return several
      ? `${JSON.stringify({ ...file, turns })}\n`
      : `${JSON.stringify({ turns }, undefined, 2)}\n`;
  }
  const transcript = assignSpeakers(await recognizer.transcribe(samples), turns);
  if (format === "text")
    return transcript.segments
      .map(
        ({ start, end, speaker, text }) =>
          `${start.toFixed(2)}\t${end.toFixed(2)}\t${speaker ?? ""}\t${text}\n`,
      )
      .join("");
  if (format === "rttm") return renderRttm(turns, stem);
  return renderResult(transcript, format, stem, { ...file, turns });
}
