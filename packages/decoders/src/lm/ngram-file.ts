// Our own binary file of a model: a JSON header, then the typed arrays as they are in memory, ready to be mapped.
import { LanguageModelError } from "./model.js";
import { NgramTable, type NgramArrays } from "./ngram-table.js";
import { WordTable } from "./word-table.js";

const MAGIC = "wav2vec n-grams\n";
const VERSION = 1;
const ALIGNMENT = 8;
/** Bytes before the header's text: the magic line, its length, its checksum. */
const PREFIX = MAGIC.length + 8;

interface Header {
  readonly version: number;
  readonly order: number;
  readonly words: number;
  readonly begin: number;
  readonly end: number;
  readonly warnings: readonly string[];
  /** Where each array begins, counted from the end of the header, and its number of elements. */
  readonly arrays: readonly { readonly name: string; readonly offset: number; readonly length: number }[];
}

/** @returns the file in pieces; numbers are little-endian. @throws LanguageModelError on a big-endian machine */
export function* writeNgrams(model: NgramTable): Generator<Uint8Array> {
  checkByteOrder();
  const { words, unigramProbability, unigramBackoff, unigramExtends, tables } = model.arrays;
  const named: [string, ArrayBufferView & { readonly length: number }][] = [
    ["word offsets", words.offsets.subarray(0, words.size + 1)],
    ["word bytes", words.bytes.subarray(0, words.offsets[words.size])],
    ["word slots", words.slots],
    ["probabilities", unigramProbability],
    ["back-offs", unigramBackoff],
    ["extends", unigramExtends],
    ...tables.map((table, i): [string, Int32Array] => [`order ${i + 2}`, table]),
  ];
  let offset = 0;
  const arrays = named.map(([name, array]) => {
    const entry = { name, offset, length: array.length };
    offset += padded(array.byteLength);
    return entry;
  });
  const header: Header = {
    version: VERSION,
    order: model.order,
    words: words.size,
    begin: words.indexOf("<s>"),
    end: model.endWord,
    warnings: model.warnings,
    arrays,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(padded(PREFIX + text.length));
  start.set(new TextEncoder().encode(MAGIC));
  new DataView(start.buffer).setUint32(MAGIC.length, text.length, true);
  new DataView(start.buffer).setUint32(MAGIC.length + 4, checksum(text), true);
  start.set(text, PREFIX);
  yield start;
  for (const [, array] of named) {
    yield new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    yield new Uint8Array(padded(array.byteLength) - array.byteLength);
  }
}

/** @returns whether these bytes begin as our file does */
export function looksLikeNgrams(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && [...MAGIC].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

/**
 * Opens a model over the bytes of a file: nothing is parsed or copied if they begin at a multiple of 8. The header has
 * a checksum; the arrays are not looked at, so that a mapped file is read only where it is asked.
 *
 * @throws LanguageModelError if the header is not ours or the file is shorter than it says
 */
export function openNgrams(bytes: Uint8Array): NgramTable {
  checkByteOrder();
  const fail = (detail: string): never => {
    throw new LanguageModelError("n-gram file", detail);
  };
  if (!looksLikeNgrams(bytes) || bytes.length < PREFIX)
    fail("the file does not begin like ours; expected the output of writeNgrams");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(MAGIC.length, true);
  const start = padded(PREFIX + length);
  if (start > bytes.length)
    fail(`${bytes.length} bytes; the header alone has ${start}; is the file cut short?`);
  const text = bytes.subarray(PREFIX, PREFIX + length);
  if (checksum(text) !== view.getUint32(MAGIC.length + 4, true))
    fail("the header is damaged; write the file again");
  const header = JSON.parse(new TextDecoder().decode(text)) as Header;
  if (header.version !== VERSION)
    fail(`version ${header.version}; expected ${VERSION}; write the file again`);
  const aligned = bytes.byteOffset % ALIGNMENT === 0 ? bytes : bytes.slice();
  const find = (name: string, width: number) => {
    const entry =
      header.arrays.find((array) => array.name === name) ?? fail(`no array "${name}" in the header`);
    if (
      !Number.isInteger(entry.offset + entry.length) ||
      entry.offset < 0 ||
      entry.length < 0 ||
      start + entry.offset + entry.length * width > bytes.length
    ) {
      fail(`array "${name}" ends beyond the file's ${bytes.length} bytes; is it cut short?`);
    }
    return [aligned.buffer, aligned.byteOffset + start + entry.offset, entry.length] as const;
  };
  const words = WordTable.over(
    header.words,
    new Int32Array(...find("word offsets", 4)),
    new Uint8Array(...find("word bytes", 1)),
    new Int32Array(...find("word slots", 4)),
  );
  const arrays: NgramArrays = {
    words,
    unigramProbability: new Float32Array(...find("probabilities", 4)),
    unigramBackoff: new Float32Array(...find("back-offs", 4)),
    unigramExtends: new Uint8Array(...find("extends", 1)),
    tables: Array.from({ length: header.order - 1 }, (_, i) => new Int32Array(...find(`order ${i + 2}`, 4))),
  };
  if (arrays.unigramProbability.length !== header.words || words.offsets.length !== header.words + 1)
    fail("the numbers of words differ; is the file damaged?");
  const model = new NgramTable(arrays).locate(header.begin, header.end);
  model.warnings.push(...header.warnings);
  return model;
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

// FNV-1a
function checksum(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}

function checkByteOrder(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1)
    throw new LanguageModelError(
      "n-gram file",
      "this machine is big-endian; the file is little-endian; use ARPA",
    );
}
