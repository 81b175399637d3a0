// Opens any language model file that is in memory, by its first bytes.
import { gunzipped, parseArpa, readArpa, type ByteChunks } from "./arpa.js";
import { looksLikeKenlm } from "./kenlm-header.js";
import { openKenlm } from "./kenlm-model.js";
import type { NgramModel } from "./model.js";
import { looksLikeNgrams, openNgrams } from "./ngram-file.js";

/**
 * Opens an ARPA file (gzip or not), a KenLM binary or a file of `writeNgrams`.
 *
 * @throws LanguageModelError
 */
export async function openLanguageModel(bytes: Uint8Array): Promise<NgramModel> {
  if (looksLikeKenlm(bytes)) return openKenlm(bytes);
  if (looksLikeNgrams(bytes)) return openNgrams(bytes);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? readArpa([bytes]) : parseArpa(bytes);
}

/** @returns the lines of a text in byte chunks, gzip or not, without their ends; for `estimateNgrams` */
export async function* linesOf(source: ByteChunks): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of gunzipped(source)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
