// Opens a language model file by its first bytes: KenLM stays on disk, everything else is read.
import { createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import {
  openKenlm,
  openNgrams,
  readArpa,
  type ByteSource,
  type KenlmModel,
  type NgramTable,
} from "@wav2vec/decoders";

/** How KenLM's binaries begin. */
const KENLM = "mmap lm ";
/** How the files of `wav2vec lm build` begin. */
const OURS = "wav2vec n-grams";

/**
 * Opens an ARPA file (gzip or not), a KenLM binary or a file of `wav2vec lm build`.
 *
 * @throws LanguageModelError naming what is wrong with it; an Error naming the file if it cannot be read
 */
export async function openModelFile(path: string): Promise<NgramTable | KenlmModel> {
  const start = await firstBytes(path);
  if (start.startsWith(KENLM)) return openKenlm(fileSource(path));
  if (start.startsWith(OURS)) return openNgrams(await readFile(path));
  return readArpa(createReadStream(path, { highWaterMark: 1 << 20 }));
}

async function firstBytes(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason"; // node:fs throws ErrnoException
    throw new Error(`--lm: cannot read ${path} (${code}); expected an ARPA or KenLM file`, { cause: error });
  }
}

/** Stays open as long as the command runs. */
function fileSource(path: string): ByteSource {
  const file = openSync(path, "r");
  return {
    size: fstatSync(file).size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    },
  };
}
