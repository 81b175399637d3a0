// Checkpoints of a run: whole folders that appear at once, by one rename, or not at all.
import { writeSafetensors } from "@wav2vec/checkpoints";
import type { Weights } from "@wav2vec/core";
import { mkdir, open, readdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { RandomState } from "../random.js";
import { writeDurably } from "./durable-files.js";
import { TrainingError } from "./events.js";

/** Where a run stands, beside weights and moments. */
export interface RunState {
  /** Version of this record. */
  readonly format: 1;
  /** Updates done. */
  readonly update: number;
  /** Pass over the data, from 0, and batches of it that are used up. */
  readonly epoch: number;
  readonly position: number;
  /** Of the generator of masks, dropout and augmentation. */
  readonly random: RandomState;
  /** Lowest score on the dev part. */
  readonly best?: { readonly update: number; readonly score: number };
  /** Evaluations since then. */
  readonly stale: number;
  /** Wall time so far. */
  readonly seconds: number;
  /** The configuration, to be compared with the one that a run goes on with. */
  readonly config: unknown;
}

/** How a checkpoint is written, and what becomes of older ones. */
export interface CheckpointOptions {
  /** How many stay. */
  readonly keep: number;
  /** Update of one that stays besides: weights that do not learn are read where the run found them. */
  readonly inUse?: number | undefined;
  /** Fills the folder with the model. */
  readonly writeModel: (folder: string) => Promise<void>;
}

const NAME = /^update-(\d{8})$/;
const nameOf = (update: number) => `update-${String(update).padStart(8, "0")}`;

/**
 * Writes `out/checkpoints/update-N`: the model's files, optimizer.safetensors and run.json. The folder gets its name
 * when all files are on the disk. Then `last`, and `best` if this is, point to it, and older ones are removed.
 *
 * @returns the folder
 * @throws TrainingError if it cannot be written; earlier checkpoints are then untouched
 */
export async function saveCheckpoint(
  out: string,
  state: RunState,
  moments: Weights,
  { keep, inUse, writeModel }: CheckpointOptions,
): Promise<string> {
  const folders = join(out, "checkpoints");
  const folder = join(folders, nameOf(state.update));
  const temporary = join(folders, `.${nameOf(state.update)}.${process.pid}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    await writeDurably(join(temporary, "run.json"), `${JSON.stringify(state, null, 2)}\n`);
    await writeSafetensors(
      join(temporary, "optimizer.safetensors"),
      new Map([...moments].map(([key, { shape, read }]) => [key, { shape, data: () => read() }])),
    );
    await writeModel(temporary);
    await syncFolder(temporary);
    await rm(folder, { recursive: true, force: true }); // of a run that was stopped here before
    await rename(temporary, folder);
    await syncFolder(folders);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new TrainingError(
      `checkpoint: ${folder} could not be written: ${reason}; earlier checkpoints are whole, make room and resume`,
    );
  }
  await pointTo(out, "last", folder);
  if (state.best?.update === state.update) await pointTo(out, "best", folder);
  await prune(out, keep, inUse);
  return folder;
}

/** The newest checkpoint and its state, or undefined; what an interrupted write left behind is removed. */
export async function latestCheckpoint(
  out: string,
): Promise<{ folder: string; state: RunState } | undefined> {
  const folders = join(out, "checkpoints");
  const names = await readdir(folders).catch(() => [] as string[]);
  for (const name of names.filter((found) => found.startsWith(".") && found.endsWith(".tmp")))
    await rm(join(folders, name), { recursive: true, force: true });
  const newest = names.filter((name) => NAME.test(name)).sort().at(-1); // prettier-ignore
  if (newest === undefined) return undefined;
  const folder = join(folders, newest);
  return { folder, state: JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as RunState }; // we wrote it
}

/** A link beside `checkpoints`, replaced at once. */
async function pointTo(out: string, name: string, folder: string): Promise<void> {
  const temporary = join(out, `.${name}.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  await symlink(join("checkpoints", basename(folder)), temporary);
  await rename(temporary, join(out, name));
}

/** Removes all but the last `keep` checkpoints, the best one, and that of update `inUse`. */
export async function prune(out: string, keep: number, inUse?: number): Promise<void> {
  const folders = join(out, "checkpoints");
  const names = (await readdir(folders)).filter((name) => NAME.test(name)).sort();
  const best = await readlink(join(out, "best")).catch(() => "");
  for (const name of names.slice(0, -keep)) {
    if (name === basename(best) || (inUse !== undefined && name === nameOf(inUse))) continue;
    // Renamed first: a folder that is half removed must not look like a checkpoint.
    const doomed = join(folders, `.${name}.old.tmp`);
    await rename(join(folders, name), doomed);
    await rm(doomed, { recursive: true, force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
