// Opens ARPA language models: from a stream, gzip or not, or from bytes in memory.
import { ArpaReader } from "./arpa-reader.js";
import { LanguageModelError } from "./model.js";
import type { NgramTable } from "./ngram-table.js";

/** Bytes in pieces: a Node stream, a `Blob.stream()`, a list of arrays. */
export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads an ARPA model from byte chunks; gzip is recognised by its first two bytes.
 *
 * Stricter than KenLM where KenLM would score silently wrong (an n-gram listed twice, words that are not UTF-8), more
 * liberal where the text is unambiguous (spaces for tabs, models of order 1 or above 6); the README lists them.
 *
 * @throws LanguageModelError with the line number
 * @see http://www.speech.sri.com/projects/srilm/manpages/ngram-format.5.html
 */
export async function readArpa(source: ByteChunks): Promise<NgramTable> {
  const reader = new ArpaReader();
  for await (const chunk of gunzipped(source)) reader.push(chunk);
  return reader.finish();
}

/** Reads an ARPA model that is in memory and not compressed. @throws LanguageModelError with the line number */
export function parseArpa(bytes: Uint8Array): NgramTable {
  const reader = new ArpaReader();
  reader.push(bytes);
  return reader.finish();
}

/** Passes chunks on, decompressed where the first two bytes say gzip. @throws LanguageModelError if the gzip data is damaged */
export async function* gunzipped(source: ByteChunks): AsyncGenerator<Uint8Array> {
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let next = await chunks.next();
  while (next.done !== true && next.value.length === 0) next = await chunks.next();
  if (next.done === true) return;
  if (next.value[0] !== 0x1f || (next.value.length > 1 && next.value[1] !== 0x8b)) {
    for (; next.done !== true; next = await chunks.next()) yield next.value;
    return;
  }
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (next.done === true) return controller.close();
      controller.enqueue(next.value.slice());
      next = await chunks.next();
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  for (;;) {
    const chunk = await reader.read().catch((cause: unknown) => {
      throw new LanguageModelError(
        "gzip",
        `the data is damaged (${String(cause)}); expected a whole .gz file`,
      );
    });
    if (chunk.done) return;
    yield chunk.value;
  }
}
