// KenLM's tries of n-grams read backwards: bit-packed, optionally quantised, optionally with array-compressed pointers.
import type { PagedBytes } from "./byte-source.js";
import { Hash64 } from "./hash64.js";
import type { KenlmHeader } from "./kenlm-header.js";
import type { KenlmTables } from "./kenlm-model.js";
import { LanguageModelError } from "./model.js";

const UNIGRAM_BYTES = 16;

/** One order above 1: where its records are and how their bits are laid out. */
interface Layer {
  readonly base: number;
  readonly recordBits: number;
  readonly wordBits: number;
  /** Bits of the pointer to the next order that stand in the record; 0 in the highest order. */
  readonly pointerBits: number;
  /** Array-compressed pointers: where the table of high parts begins and how many entries it has. */
  readonly highStart: number;
  readonly highCount: number;
  readonly entries: number;
}

/** Opens the tables that follow the header. */
export function trieTables(bytes: PagedBytes, header: KenlmHeader): KenlmTables {
  const { counts, order, kind } = header;
  const wordCount = bytes.u64(header.end) + 1;
  const hashes = header.end + 8;
  let at = hashes + 8 * counts[0]!;
  const quantiser = kind.includes("quantised") ? readQuantiser(bytes, at, order) : undefined;
  at = quantiser?.end ?? at;
  const unigrams = at;
  at += (counts[0]! + 2) * UNIGRAM_BYTES;
  const arrayBits = kind.includes("array") && order > 2 ? readArrayBits(bytes, at) : undefined;
  const wordBits = requiredBits(counts[0]!);
  const layers = counts.slice(1).map((entries, i): Layer => {
    const isLongest = i === order - 2;
    const layer = isLongest
      ? { base: at, pointerBits: 0, highStart: 0, highCount: 0 }
      : middlePointers(at, entries + 1, counts[i + 2]!, arrayBits);
    const valueBits = isLongest
      ? (quantiser?.probabilityBits ?? 31)
      : quantiser
        ? quantiser.probabilityBits + quantiser.backoffBits
        : 63;
    const recordBits = wordBits + valueBits + layer.pointerBits;
    at = layer.base + Math.floor(((1 + entries) * recordBits + 7) / 8) + 8;
    return { ...layer, recordBits, wordBits, entries };
  });
  const hash = new Hash64();
  let [rangeBegin, rangeEnd] = [0, 0];

  const findRecord = (layer: Layer, word: number): number => {
    let [low, high] = [Math.max(0, rangeBegin), Math.min(layer.entries, rangeEnd)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = bytes.bits(layer.base, middle * layer.recordBits, layer.wordBits);
      if (found === word) return middle;
      if (found < word) low = middle + 1;
      else high = middle;
    }
    return -1;
  };
  const readPointers = (layer: Layer, record: number) => {
    const offset = (record + 1) * layer.recordBits - layer.pointerBits;
    rangeBegin = bytes.bits(layer.base, offset, layer.pointerBits);
    rangeEnd = bytes.bits(layer.base, offset + layer.recordBits, layer.pointerBits);
    if (layer.highCount === 0) return;
    const scale = 2 ** layer.pointerBits;
    rangeBegin += highPart(bytes, layer, record) * scale;
    rangeEnd += highPart(bytes, layer, record + 1) * scale;
  };

  const reader: KenlmTables = {
    end: at,
    wordCount,
    probability: 0,
    backoffBits: 0,
    indexOf(word) {
      hash.ofBytes(word);
      const [wantedHigh, wantedLow] = [hash.high >>> 0, hash.low >>> 0];
      let [low, high] = [0, wordCount - 1];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const [foundLow, foundHigh] = [bytes.u32(hashes + 8 * middle), bytes.u32(hashes + 8 * middle + 4)];
        if (foundHigh === wantedHigh && foundLow === wantedLow) return middle + 1;
        if (foundHigh < wantedHigh || (foundHigh === wantedHigh && foundLow < wantedLow)) low = middle + 1;
        else high = middle;
      }
      return 0;
    },
    begin(word) {
      const entry = unigrams + word * UNIGRAM_BYTES;
      reader.probability = bytes.f32(entry);
      reader.backoffBits = bytes.u32(entry + 4);
      rangeBegin = bytes.u64(entry + 8);
      rangeEnd = bytes.u64(entry + 8 + UNIGRAM_BYTES);
    },
    extend(length, word) {
      const layer = layers[length - 2]!;
      const record = findRecord(layer, word);
      if (record < 0) return false;
      const offset = record * layer.recordBits + wordBits;
      if (quantiser) quantiser.read(reader, layer.base, offset, length);
      else {
        reader.probability = bytes.asFloat((bytes.bits(layer.base, offset, 31) | 0x80000000) >>> 0);
        reader.backoffBits = length === order ? 0 : bytes.bits(layer.base, offset + 31, 32);
      }
      if (length < order) readPointers(layer, record);
      return true;
    },
  };
  return reader;
}

function middlePointers(start: number, offsets: number, largest: number, arrayBits: number | undefined) {
  const required = requiredBits(largest);
  if (arrayBits === undefined) return { base: start, pointerBits: required, highStart: 0, highCount: 0 };
  // the number of high bits that makes pointers and table together smallest
  let [chopped, lowest] = [0, Infinity];
  for (let chop = 0; chop <= Math.min(required, arrayBits); chop++) {
    const change = Math.floor(largest / 2 ** (required - chop)) * 64 - offsets * chop;
    if (change < lowest) [chopped, lowest] = [chop, change];
  }
  const highCount = Math.floor(largest / 2 ** (required - chopped)) + 1;
  const highStart = Math.ceil(start / 8) * 8 + 8;
  return { base: start + 8 * (1 + highCount) + 7, pointerBits: required - chopped, highStart, highCount };
}

// the last entry of the table that is not above the record's index
function highPart(bytes: PagedBytes, layer: Layer, record: number): number {
  let [low, high] = [0, layer.highCount];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (bytes.u64(layer.highStart + 8 * middle) <= record) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function readArrayBits(bytes: PagedBytes, at: number): number {
  if (bytes.u8(at) !== 0)
    throw new LanguageModelError("kenlm", `array compression version ${bytes.u8(at)}; expected 0`);
  return bytes.u8(at + 1);
}

function readQuantiser(bytes: PagedBytes, at: number, order: number) {
  const [version, probabilityBits, backoffBits] = [bytes.u8(at), bytes.u8(at + 1), bytes.u8(at + 2)];
  if (version !== 2)
    throw new LanguageModelError(
      "kenlm",
      `quantisation version ${version}; expected 2; build the file again`,
    );
  if (probabilityBits < 1 || probabilityBits > 25 || backoffBits < 1 || backoffBits > 25) {
    throw new LanguageModelError(
      "kenlm",
      `${probabilityBits} and ${backoffBits} quantisation bits; expected 1 to 25; is the file damaged?`,
    );
  }
  const tableBytes = 4 * (2 ** probabilityBits + 2 ** backoffBits);
  return {
    probabilityBits,
    backoffBits,
    end: at + 8 + (order - 2) * tableBytes + 4 * 2 ** probabilityBits,
    read(reader: KenlmTables, base: number, offset: number, length: number) {
      const table = at + 8 + (length - 2) * tableBytes;
      const isLongest = length === order;
      const probability = bytes.bits(base, isLongest ? offset : offset + backoffBits, probabilityBits);
      reader.probability = bytes.f32(table + 4 * probability);
      reader.backoffBits = isLongest
        ? 0
        : bytes.u32(table + 4 * (2 ** probabilityBits + bytes.bits(base, offset, backoffBits)));
    },
  };
}

function requiredBits(largest: number): number {
  let bits = 0;
  for (let rest = largest; rest >= 1; rest = Math.floor(rest / 2)) bits += 1;
  return bits;
}
