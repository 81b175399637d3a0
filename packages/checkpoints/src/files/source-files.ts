// Where a checkpoint's files come from: a folder on disk, or anything that behaves like one.
import { FormatError } from "../errors.js";
import { openLocalFile } from "./local-file.js";
import { node } from "./node-modules.js";
import type { RandomAccess } from "./random-access.js";

/** The files beside each other that make up a checkpoint. */
export interface SourceFiles {
  /** Shown in errors. */
  readonly label: string;
  /** Names in the top folder. */
  readonly names: readonly string[];
  /** What the user should know about the source itself. */
  readonly notes: readonly string[];
  open(name: string): Promise<RandomAccess>;
}

/** A folder on disk. */
export async function folderSource(path: string): Promise<SourceFiles> {
  const [{ readdir }, { join }] = [node.fs(), node.path()];
  return {
    label: path,
    names: (await readdir(path)).sort(),
    notes: [],
    open: (name) => openLocalFile(join(path, name)),
  };
}

/** Largest text file that is read into memory; the largest vocabularies have a few MB. */
const TEXT_LIMIT = 64 * 2 ** 20;

/**
 * Reads a small file whole.
 *
 * @returns undefined if the source has no such file
 * @throws FormatError if it is larger than 64 MiB
 */
export async function readSmall(
  source: SourceFiles,
  name: string,
): Promise<{ file: string; bytes: Uint8Array } | undefined> {
  if (!source.names.includes(name)) return undefined;
  const file = await source.open(name);
  try {
    if (file.size > TEXT_LIMIT)
      throw new FormatError(
        file.name,
        `has ${file.size} bytes; at most ${TEXT_LIMIT} are read of a settings file`,
      );
    return { file: file.name, bytes: await file.read(0, file.size) };
  } finally {
    await file.close();
  }
}
