// KenLM's probing hash tables: 64-bit keys of words and of n-grams read backwards.
import type { PagedBytes } from "./byte-source.js";
import { Hash64 } from "./hash64.js";
import type { KenlmHeader } from "./kenlm-header.js";
import type { KenlmTables } from "./kenlm-model.js";

const WORD_ENTRY = 12;
const LONGEST_ENTRY = 12;

/** Opens the tables that follow the header. Rest costs, if the file has any, are skipped: they do not change a score. */
export function probingTables(bytes: PagedBytes, header: KenlmHeader): KenlmTables {
  const { counts, order } = header;
  const weightBytes = header.kind === "rest-probing" ? 12 : 8;
  const middleEntry = 8 + weightBytes;
  const bucketsFor = (entries: number) =>
    Math.max(entries + 1, Math.trunc(Math.fround(header.probingMultiplier * Math.fround(entries))));

  const words = { start: header.end + 8, buckets: bucketsFor(counts[0]!) };
  const unigrams = words.start + words.buckets * WORD_ENTRY;
  let end = unigrams + (counts[0]! + 1) * weightBytes;
  const tables = counts.slice(1).map((count, i) => {
    const table = { start: end, buckets: bucketsFor(count) };
    end += table.buckets * (i === order - 2 ? LONGEST_ENTRY : middleEntry);
    return table;
  });
  const hash = new Hash64();

  const find = (table: { start: number; buckets: number }, stride: number): number => {
    const [high, low] = [hash.high >>> 0, hash.low >>> 0];
    let bucket = hash.modulo(table.buckets);
    for (let tries = 0; tries < table.buckets; tries++) {
      const at = table.start + bucket * stride;
      const [foundLow, foundHigh] = [bytes.u32(at), bytes.u32(at + 4)];
      if (foundLow === low && foundHigh === high) return at + 8;
      if (foundLow === 0 && foundHigh === 0) return -1;
      bucket = bucket + 1 === table.buckets ? 0 : bucket + 1;
    }
    return -1;
  };
  const negative = (bits: number) => bytes.asFloat((bits | 0x80000000) >>> 0);

  const reader: KenlmTables = {
    end,
    wordCount: bytes.u32(header.end + 4),
    probability: 0,
    backoffBits: 0,
    indexOf(word) {
      hash.ofBytes(word);
      const at = find(words, WORD_ENTRY);
      return at < 0 ? 0 : bytes.u32(at);
    },
    begin(word) {
      const at = unigrams + word * weightBytes;
      reader.probability = negative(bytes.u32(at));
      reader.backoffBits = bytes.u32(at + 4);
      hash.high = 0;
      hash.low = word;
    },
    extend(length, word) {
      hash.combine(word);
      const at = find(tables[length - 2]!, length === order ? LONGEST_ENTRY : middleEntry);
      if (at < 0) return false;
      reader.probability = length === order ? bytes.f32(at) : negative(bytes.u32(at));
      reader.backoffBits = length === order ? 0 : bytes.u32(at + 4);
      return true;
    },
  };
  return reader;
}
