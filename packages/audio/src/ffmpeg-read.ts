// Codecs that only ffmpeg decodes: runs the user's own, if there is one, and reads the WAV it writes.

import { AudioError } from "./audio-error.js";
import { hasFileSystem } from "./audio-source.js";
import { ByteReader } from "./byte-reader.js";
import type { DecodeReport, PcmBlock } from "./decoding.js";
import { openWav } from "./wav-read.js";

/** What ffmpeg is asked to decode. */
export interface FfmpegRequest {
  /** Its command, e.g. `ffmpeg`; false forbids running one. */
  readonly command: string | false;
  readonly path: string;
  /** For messages: what the file is, and its name. */
  readonly format: string;
  readonly source: string;
}

/**
 * Decodes a file by running ffmpeg.
 *
 * @throws AudioError if ffmpeg is not there, forbidden, or fails
 */
export async function* ffmpegBlocks(request: FfmpegRequest, report: DecodeReport): AsyncGenerator<PcmBlock> {
  const { command, path, format, source } = request;
  if (command === false || !hasFileSystem())
    throw ffmpegMissing(
      format,
      source,
      command === false ? "the option ffmpeg is false" : "it cannot run here",
    );
  const { spawn } = process.getBuiltinModule("node:child_process"); // no import: bundlers for pages refuse one
  const { resolve } = process.getBuiltinModule("node:path");
  // Only local files: a container may name others, and a path may look like an option or an address.
  const input = ["-protocol_whitelist", "file,pipe", "-i", `file:${resolve(path)}`];
  const child = spawn(
    command,
    ["-v", "error", "-nostdin", ...input, "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let complaint = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (complaint = (complaint + text).slice(0, 1000)));
  const ended = new Promise<{ code: number | null; error: (Error & { code?: string }) | null }>((done) => {
    child.once("error", (error) => done({ code: null, error }));
    child.once("close", (code) => done({ code, error: null }));
  });

  const failure = async (): Promise<AudioError | null> => {
    const { code, error } = await ended;
    if (error)
      return ffmpegMissing(
        format,
        source,
        error.code === "ENOENT" ? `"${command}" is not on PATH` : error.message,
      );
    if (code === 0) return null;
    const reason = complaint.split("\n").find((line) => line.trim()) ?? `exit code ${code}`;
    return new AudioError(
      `is ${format} that ffmpeg cannot decode: ${reason.trim().slice(0, 200)}; expected a whole file; copy or convert it again`,
      {
        reason: "damaged",
        source,
      },
    );
  };

  try {
    const reader = new ByteReader(source, child.stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>); // as: no encoding is set
    if ((await reader.peek(12)).length < 12)
      throw (
        (await failure()) ??
        new AudioError(`is ${format} in which ffmpeg finds no samples; check the file`, {
          reason: "empty",
          source,
        })
      );
    const { blocks } = await openWav(reader, report);
    if (blocks) yield* blocks;
    const problem = await failure();
    if (problem) report.warn(problem.message);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** The error where ffmpeg would be needed and cannot be had. */
export function ffmpegMissing(format: string, source: string, why: string): AudioError {
  return new AudioError(
    `is ${format}, which only ffmpeg decodes here, and ${why}; install ffmpeg, or convert the file to WAV, FLAC, MP3 or Opus`,
    {
      reason: "unsupported",
      source,
    },
  );
}
