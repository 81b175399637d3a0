// From what a user types (files, folders, globs, "-") to recordings.
import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { UsageError } from "./usage-error.js";

/** One recording to read. */
export interface InputFile {
  /** As shown in messages and results; "-" for standard input. */
  readonly name: string;
  /** What output files are called after. */
  readonly stem: string;
  /** A path, or standard input as a stream of bytes. */
  readonly source: string | AsyncIterable<Uint8Array>;
}

/** Endings that mark recordings in a folder; a file named outright may have any. */
const AUDIO_ENDINGS = "wav,flac,mp3,ogg,oga,opus,m4a,mp4,aac,webm,mka,aif,aiff,au,sph";

/**
 * Expands names in the order given; folders are searched to the bottom, in order of name.
 *
 * @throws UsageError if a folder or glob holds no recording, or standard input is named twice
 */
export async function inputFiles(names: readonly string[]): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for (const name of names) {
    if (name === "-") files.push({ name, stem: "stdin", source: process.stdin });
    else
      for (const path of await pathsOf(name))
        files.push({ name: path, stem: basename(path, extname(path)), source: path });
  }
  if (files.filter(({ name }) => name === "-").length > 1)
    throw new UsageError('input: "-" is given twice; standard input can be read once');
  return files;
}

async function pathsOf(name: string): Promise<string[]> {
  const found = await stat(name).catch(() => undefined);
  if (found && !found.isDirectory()) return [name];
  if (!found && !isDynamicPattern(name)) return [name]; // reading it says that it is missing
  const paths = found
    ? (await glob(`**/*.{${AUDIO_ENDINGS}}`, { cwd: name, caseSensitiveMatch: false })).map((path) =>
        join(name, path),
      )
    : await glob(name);
  if (paths.length === 0) {
    throw new UsageError(
      `input: ${name} holds no recordings; expected files ending in ${AUDIO_ENDINGS.replaceAll(",", ", ")}, or name them one by one`,
    );
  }
  return paths.sort();
}
