// Brings one file into a page: parts are kept as they arrive, a broken download goes on, two tabs take turns.
import { HubError } from "../errors.js";
import { hubError, request, sleep } from "../hub/requests.js";
import type { HubAccess } from "../hub/settings.js";
import { keptFile, type KeptFile } from "./kept-files.js";

/** Bytes of a part: what is lost at most when a page is closed in the middle. */
const PART_BYTES = 4 * 2 ** 20;
/** Breaks in a row without a new byte before giving up. */
const FRUITLESS_ATTEMPTS = 5;
const PAUSE_MS = 250;

/** What to fetch. */
export interface WebFile {
  /** The model it belongs to, as the user names it. */
  readonly source: string;
  readonly name: string;
  readonly url: string;
  /** Changes when the file does: sha256, ETag or date. */
  readonly identity: string;
  readonly size: number | undefined;
}

/** A file as far as it is here. */
interface Growing {
  readonly parts: Blob[];
  loaded: number;
  /** Where parts are kept; undefined once the browser has no room. */
  kept: KeptFile | undefined;
  readonly onNote: (note: string) => void;
}

/**
 * The whole file as a Blob, which lies on disk where the browser keeps files and in memory elsewhere.
 *
 * @param onNote hears why the file is not kept
 * @throws HubError if the server refuses, the connection keeps breaking, or the content is not what was announced
 */
export async function fetchKept(
  file: WebFile,
  access: HubAccess,
  onNote: (note: string) => void,
): Promise<Blob> {
  const lock = `wav2vec ${file.source} ${file.name}`;
  const options = access.signal ? { signal: access.signal } : {};
  return takeTurns(lock, options, async () => {
    const kept = await placeOf(file, onNote);
    const isBegun = (await kept?.about())?.identity === file.identity;
    const old = isBegun && kept ? await kept.parts() : [];
    const attempt = async (parts: Blob[]) => {
      const growing = { parts, loaded: new Blob(parts).size, kept, onNote };
      if (parts.length === 0) await begin(file, growing);
      await finish(file, access, growing);
      return new Blob(growing.parts);
    };
    let blob = await attempt(old);
    if (old.length > 0 && !(await isSound(blob, file))) blob = await attempt([]); // the old part was bad
    if (await isSound(blob, file)) return blob;
    await kept?.begin({ identity: file.identity, size: file.size });
    throw unlike(file, `the downloaded bytes do not have the sha256 ${file.identity} that the Hub announced`);
  });
}

/** Where the file is kept; undefined, with the reason told, where it cannot be. */
async function placeOf(
  { source, name }: WebFile,
  onNote: (note: string) => void,
): Promise<KeptFile | undefined> {
  try {
    const kept = await keptFile(source, name);
    if (!kept) onNote("this browser keeps no files; the model is fetched again next time");
    return kept;
  } catch (error) {
    onNote(noRoom(error));
    return undefined;
  }
}

/** One tab or worker at a time; where pages have no locks (no https), nothing is kept that could be spoilt. */
async function takeTurns<T>(lock: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const locks = typeof navigator === "undefined" ? undefined : (navigator.locks as LockManager | undefined); // absent without https
  return locks ? locks.request(lock, options, work) : work();
}

/** A file that is here whole; undefined otherwise. */
export async function keptBlob(source: string, name: string): Promise<Blob | undefined> {
  const kept = await keptFile(source, name, false);
  const blob = new Blob(await kept?.parts());
  return (await kept?.about())?.size === blob.size ? blob : undefined;
}

/** Appends until the file is whole, over as many connections as it takes. */
async function finish(file: WebFile, access: HubAccess, growing: Growing): Promise<void> {
  for (let fruitless = 0; ;) {
    const before = growing.loaded;
    const isEnded = before === file.size || (await append(file, access, growing));
    const { loaded } = growing;
    if (isEnded && loaded === (file.size ?? loaded)) {
      return keep(growing, (kept) => kept.end({ identity: file.identity, size: loaded }));
    }
    if (loaded > (file.size ?? Infinity)) {
      await begin(file, growing);
      throw unlike(file, `the server sent ${loaded} bytes, ${file.size} were announced`);
    }
    fruitless = loaded > before ? 0 : fruitless + 1;
    if (fruitless === FRUITLESS_ATTEMPTS)
      throw new HubError(
        `${file.name}: the connection broke at byte ${loaded} of ${file.size ?? "an unknown number"}, ${fruitless} times in a row; open the model again to go on`,
        file.url,
        0,
        undefined,
      );
    await sleep(PAUSE_MS * 2 ** fruitless, access.signal);
  }
}

/** One connection; returns whether it came to its end. A server that ignores Range starts again. */
async function append(file: WebFile, access: HubAccess, growing: Growing): Promise<boolean> {
  const start = growing.loaded;
  const response = await request(file.url, access, {
    cache: "no-store", // parts are kept here already
    headers: start > 0 ? { Range: `bytes=${start}-` } : {},
  });
  if (response.status !== 416 && (!response.ok || !response.body))
    throw hubError(response, file.name, access);
  const range = response.headers.get("Content-Range");
  const goesOn = response.status === 206 && (range === null || range.startsWith(`bytes ${start}-`)); // CORS may hide it
  if (!goesOn && start > 0) {
    await begin(file, growing);
  }
  if (response.status === 416) return false;
  return readBody(response.body!, file, access, growing); // ok, and so with a body
}

async function readBody(
  body: ReadableStream<Uint8Array>,
  file: WebFile,
  access: HubAccess,
  growing: Growing,
): Promise<boolean> {
  const reader = body.getReader(); // not every browser can iterate a stream
  let chunks: Uint8Array[] = [];
  let waiting = 0;
  const flush = async () => {
    if (waiting > 0) await addPart(chunks, waiting, growing);
    chunks = [];
    waiting = 0;
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      waiting += value.length;
      access.onProgress({ file: file.name, loaded: growing.loaded + waiting, total: file.size });
      if (waiting >= PART_BYTES) await flush();
    }
  } catch {
    await flush();
    access.signal?.throwIfAborted();
    return false;
  }
  await flush();
  return true;
}

async function addPart(chunks: readonly Uint8Array[], length: number, growing: Growing): Promise<void> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  const index = growing.parts.length;
  growing.parts.push(new Blob([bytes]));
  growing.loaded += length;
  await keep(growing, async (kept) => {
    await kept.append(index, bytes);
    const stored = (await kept.parts())[index];
    if (stored) growing.parts[index] = stored; // on disk: the bytes in memory can go
  });
}

/** Starts the file again from nothing. */
async function begin({ identity, size }: WebFile, growing: Growing): Promise<void> {
  growing.parts.length = 0;
  growing.loaded = 0;
  await keep(growing, (kept) => kept.begin({ identity, size }));
}

/** Keeps something if there is room; a full disk is no reason to fail. */
async function keep(growing: Growing, work: (kept: KeptFile) => Promise<void>): Promise<void> {
  if (!growing.kept) return;
  try {
    await work(growing.kept);
  } catch (error) {
    growing.kept = undefined;
    growing.onNote(noRoom(error));
  }
}

const noRoom = (error: unknown) =>
  `the browser has no room to keep the model (${error instanceof Error ? error.name : String(error)}); it stays in memory and is fetched again next time; free some space or forget another model`;

/** Large files of the Hub are named by their sha256. */
async function isSound(blob: Blob, { identity }: WebFile): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(identity)) return true;
  const { createSHA256 } = await import("hash-wasm"); // the browser's own digest wants the whole file in memory
  const hash = await createSHA256();
  for (let at = 0; at < blob.size; at += PART_BYTES)
    hash.update(new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer()));
  return hash.digest() === identity;
}

function unlike(file: WebFile, what: string): HubError {
  return new HubError(
    `${file.name}: ${what}; try again, or check a proxy in between`,
    file.url,
    200,
    undefined,
  );
}
