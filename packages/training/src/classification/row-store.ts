// Rows of a data set, computed once: kept in memory and in a folder, by what was heard and what heard it.
import { openLocalFile, readSafetensors, writeSafetensors, type Safetensors } from "@wav2vec/checkpoints";
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { ClipRow } from "./output-source.js";

/** Where rows are kept, and how much of them. */
export interface RowStoreOptions {
  /** A folder that runs may share; absent: memory only. */
  readonly folder?: string | undefined;
  /** Bytes in the folder at most; the files that were not used for longest go first. */
  readonly folderBytes: number;
  /** Bytes in memory at most. */
  readonly memoryBytes: number;
  /** What computes: any text that is another one for another model or another cut. */
  readonly identity: string;
  readonly compute: (clips: readonly Float32Array[]) => Promise<readonly ClipRow[]>;
}

/** Rows by clip. */
export interface RowStore {
  /** Computes together what is not kept yet. @returns a key for each clip */
  prepare(clips: readonly Float32Array[]): Promise<string[]>;
  /** The row of a key; computed again from `load` if it is no longer kept. */
  row(key: string, load: () => Promise<Float32Array>): Promise<ClipRow>;
}

/** Opens the store. */
export async function openRowStore(options: RowStoreOptions): Promise<RowStore> {
  const { folder, memoryBytes, identity, compute } = options;
  const memory = new Map<string, ClipRow>();
  let free = memoryBytes;
  const files = folder === undefined ? undefined : await openFolder(folder, options.folderBytes);
  const remember = (key: string, row: ClipRow) => {
    const bytes = bytesOf(row);
    if (memory.has(key) || bytes > free) return;
    free -= bytes;
    memory.set(key, row);
  };
  const find = async (key: string) => {
    const row = memory.get(key) ?? (await files?.read(key));
    if (row) remember(key, row);
    return row;
  };
  return {
    async prepare(clips) {
      const keys = clips.map((clip) => keyOf(identity, clip));
      const found = await Promise.all(keys.map(find));
      const missing = keys.flatMap((key, i) => (found[i] || keys.indexOf(key) < i ? [] : [i]));
      if (missing.length === 0) return keys;
      const rows = await compute(missing.map((i) => clips[i]!)); // i < length
      const computed = missing.map((i) => keys[i]!); // as above
      computed.forEach((key, at) => remember(key, rows[at]!)); // one row a clip
      await files?.write(computed, rows);
      return keys;
    },
    async row(key, load) {
      const kept = await find(key);
      if (kept) return kept;
      const [computed] = await compute([await load()]);
      remember(key, computed!); // one row a clip
      return computed!; // as above
    },
  };
}

function keyOf(identity: string, { buffer, byteOffset, byteLength }: Float32Array): string {
  const heard = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength); // samples are not shared memory
  return createHash("sha256").update(identity).update("\0").update(heard).digest("hex").slice(0, 40);
}

const bytesOf = ({ parts }: ClipRow) =>
  Object.values(parts).reduce((sum, { data }) => sum + data.byteLength, 0);

/** Files of rows that were computed together: tensors `KEY/PART`, and the frames of each KEY as metadata. */
async function openFolder(folder: string, limit: number) {
  await mkdir(folder, { recursive: true });
  /** Sizes by path, in the order of last use: a Map keeps the order in which keys were set. */
  const sizes = new Map<string, number>();
  const pathOf = new Map<string, string>();
  let total = 0;
  const register = (path: string, size: number, keys: Iterable<string>) => {
    sizes.set(path, size);
    total += size;
    for (const key of keys) pathOf.set(key, path);
  };
  const forget = async (path: string) => {
    total -= sizes.get(path) ?? 0;
    sizes.delete(path);
    for (const [key, of] of pathOf) if (of === path) pathOf.delete(key);
    await rm(path, { force: true });
  };

  const names = (await readdir(folder)).filter((name) => name.endsWith(".safetensors"));
  const found = await Promise.all(names.map(async (name) => ({ path: join(folder, name), stat: await stat(join(folder, name)) }))); // prettier-ignore
  for (const { path, stat: of } of found.sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs)) {
    const keys = await withFile(path, ({ metadata }) => [...metadata.keys()]).catch(() => undefined);
    if (keys) register(path, of.size, keys);
    else await rm(path, { force: true }); // damaged: computed again
  }

  return {
    async read(key: string): Promise<ClipRow | undefined> {
      const path = pathOf.get(key);
      if (path === undefined) return undefined;
      try {
        const row = await withFile(path, (content) => rowOf(content, key));
        const now = new Date();
        await utimes(path, now, now);
        const size = sizes.get(path)!; // every path has one
        sizes.delete(path);
        sizes.set(path, size);
        return row;
      } catch {
        await forget(path); // removed or damaged by someone else: computed again
        return undefined;
      }
    },
    async write(keys: readonly string[], rows: readonly ClipRow[]): Promise<void> {
      const size = rows.reduce((sum, row) => sum + bytesOf(row), 0);
      if (size > limit) return;
      for (const oldest of sizes.keys()) {
        if (total + size <= limit) break;
        await forget(oldest);
      }
      const path = join(folder, `${keys[0]!}.safetensors`); // there is at least one
      const tensors = rows.flatMap(({ parts }, i) =>
        Object.entries(parts).map(([name, part]) => [`${keys[i]!}/${name}`, part] as const),
      );
      const frames = rows.map((row, i) => [keys[i]!, String(row.frames)] as const); // as many keys as rows
      await writeSafetensors(path, new Map(tensors), Object.fromEntries(frames));
      register(path, size, keys);
    },
  };
}

async function withFile<R>(path: string, use: (content: Safetensors) => R | Promise<R>): Promise<R> {
  const file = await openLocalFile(path);
  try {
    return await use(await readSafetensors(file));
  } finally {
    await file.close();
  }
}

async function rowOf({ tensors, metadata }: Safetensors, key: string): Promise<ClipRow> {
  const parts: Record<string, ClipRow["parts"][string]> = {};
  for (const [name, tensor] of tensors) {
    const [of, part] = name.split("/", 2);
    if (of === key && part !== undefined) parts[part] = { data: await tensor.read(), shape: tensor.shape };
  }
  return { frames: Number(metadata.get(key)), parts };
}
