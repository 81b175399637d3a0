// What audio may be read from, and how each kind becomes bytes in order or a seekable file.

import { AudioError, causeText } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";

/** A file path (Node), bytes, a Blob or File, or a stream of byte chunks (web or Node). */
export type AudioSource =
  string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

const chunkBytes = 2 ** 18;

/** A name for messages: the path, or what the source is. */
export function sourceName(source: AudioSource): string {
  if (typeof source === "string") return source;
  if (typeof File !== "undefined" && source instanceof File && source.name) return source.name;
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return "bytes";
  return source instanceof Blob ? "blob" : "stream";
}

/** Reads a source from its start, in chunks. Nothing is opened before the first chunk is asked for. */
export async function* sourceChunks(source: AudioSource): AsyncGenerator<Uint8Array> {
  if (typeof source === "string") yield* fileChunks(source);
  else if (source instanceof ArrayBuffer) yield new Uint8Array(source);
  else if (source instanceof Uint8Array) yield source;
  else if (source instanceof Blob) yield* streamChunks(source.stream());
  else if (source instanceof ReadableStream) yield* streamChunks(source);
  else if (isAsyncIterable(source)) yield* source;
  else
    throw new AudioError(
      `is ${typeof source}; expected a path, Uint8Array, ArrayBuffer, Blob or stream of Uint8Array`,
      {
        reason: "bad-option",
        source: "source",
      },
    );
}

/** A source that can be read at any place: a path where there is a file system, else a Blob. */
export interface SeekableSource {
  readonly data: string | Blob;
  /** Deletes what was written to make it seekable. */
  release(): Promise<void>;
}

/**
 * Makes the unread rest of a source seekable. Streams and bytes are written to a temporary file where there is a file
 * system and `asFile` or size ask for it, and kept as a Blob elsewhere.
 *
 * @param asFile true when a path is required, as for another program
 */
export async function seekable(
  source: AudioSource,
  reader: ByteReader,
  asFile: boolean,
): Promise<SeekableSource> {
  const release = () => Promise.resolve();
  if (typeof source === "string") return { data: source, release };
  if (!asFile) {
    if (source instanceof Blob) return { data: source, release };
    if (source instanceof Uint8Array || source instanceof ArrayBuffer)
      return { data: new Blob([source as BlobPart]), release }; // as: BlobPart excludes shared memory only
  }
  return hasFileSystem() ? spillToFile(reader) : { data: await collectBlob(reader), release };
}

/** True in Node and programs like it. */
export function hasFileSystem(): boolean {
  return typeof process !== "undefined" && Boolean(process.versions?.node);
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const fail = (what: string, cause?: unknown) =>
    new AudioError(what, { reason: "unreadable", source: path, cause });
  if (!hasFileSystem())
    throw fail("is a path, but there is no file system here; pass a File, Blob or bytes instead");
  const { open } = process.getBuiltinModule("node:fs/promises"); // no import: bundlers for pages refuse one
  const handle = await open(path, "r").catch((cause: unknown) => {
    const code = (cause as { code?: string }).code; // as: Node's errors carry a code
    if (code === "ENOENT") throw fail("does not exist; check the path", cause);
    if (code === "EACCES" || code === "EPERM") throw fail("may not be read; check its permissions", cause);
    throw fail(`cannot be opened: ${causeText(cause)}; check the path`, cause);
  });
  try {
    if ((await handle.stat()).isDirectory())
      throw fail("is a folder; expected an audio file; name the files in it");
    for (;;) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* streamChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader(); // not every browser can iterate a stream
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if ((ended = done)) return;
      yield value as Uint8Array; // as: done is false, so there is a value
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

function isAsyncIterable(source: object): source is AsyncIterable<Uint8Array> {
  return source !== null && typeof source === "object" && Symbol.asyncIterator in source;
}

async function spillToFile(reader: ByteReader): Promise<SeekableSource> {
  const { mkdtemp, open, rm } = process.getBuiltinModule("node:fs/promises");
  const { tmpdir } = process.getBuiltinModule("node:os");
  const { join } = process.getBuiltinModule("node:path");
  const folder = await mkdtemp(join(tmpdir(), "wav2vec-audio-"));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "audio");
    const handle = await open(path, "w", 0o600);
    try {
      for await (const chunk of reader.chunks(chunkBytes)) await handle.writeFile(chunk);
    } finally {
      await handle.close();
    }
    return { data: path, release };
  } catch (cause) {
    await release();
    throw cause;
  }
}

async function collectBlob(reader: ByteReader): Promise<Blob> {
  const parts: BlobPart[] = [];
  for await (const chunk of reader.chunks(chunkBytes)) parts.push(chunk.slice());
  return new Blob(parts);
}
