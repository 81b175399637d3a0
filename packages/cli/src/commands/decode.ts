// `wav2vec decode`: log-probabilities made elsewhere to text with times.
import { basename, extname } from "node:path";
import { transcriberOf } from "@wav2vec/asr";
import type { BeamFlags } from "../beam-options.js";
import { readEmissions, type EmissionFlags } from "../emissions-file.js";
import type { OutputFormat } from "../options.js";
import { writeWhole } from "../output-files.js";
import { renderResult, requireOneText } from "../render-result.js";
import { exitCodes } from "../usage-error.js";
import { beamSettings } from "./beam-settings.js";

/** Options of the command, as the command line gives them. */
export interface DecodeOptions extends BeamFlags, EmissionFlags {
  readonly vocab: string;
  readonly format: OutputFormat;
  readonly out?: string;
}

/** @returns the exit code; errors are thrown */
export async function decode(path: string, options: DecodeOptions): Promise<number> {
  requireOneText(options.nbest, options.format);
  const { emissions, meaning } = await readEmissions(path, options.vocab, options);
  const beam = await beamSettings(options, meaning.vocabulary, undefined);
  const transcriber = transcriberOf(meaning, beam);
  await transcriber.feed(emissions);
  const transcript = await transcriber.finish(emissions.frames * meaning.secondsPerFrame);
  const rendered = renderResult(transcript, options.format, basename(path, extname(path)));
  if (options.out === undefined) process.stdout.write(rendered);
  else await writeWhole(options.out, rendered);
  return exitCodes.done;
}
