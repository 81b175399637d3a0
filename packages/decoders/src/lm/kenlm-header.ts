// The header of a KenLM binary file: what kind of tables follow, how many n-grams, where things begin.
import type { PagedBytes } from "./byte-source.js";
import { LanguageModelError } from "./model.js";

const MAGIC = "mmap lm http://kheafield.com/code format version ";
const VERSION = 5;
/** Bytes of the magic text and of the test values after it. */
const SANITY_BYTES = 88;
const FIXED_BYTES = 20;
const KINDS = [
  "probing",
  "rest-probing",
  "trie",
  "quantised trie",
  "array trie",
  "quantised array trie",
] as const;
const LARGEST_ORDER = 16;

export interface KenlmHeader {
  readonly kind: (typeof KINDS)[number];
  readonly order: number;
  /** Number of n-grams of order 1, 2, … */
  readonly counts: readonly number[];
  readonly probingMultiplier: number;
  /** Whether the spellings of the words follow the tables. */
  readonly hasWords: boolean;
  /** First byte after the header. */
  readonly end: number;
}

/** @returns whether these bytes begin as a KenLM binary file does */
export function looksLikeKenlm(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && [...MAGIC].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

/**
 * Reads and checks the header.
 *
 * @throws LanguageModelError naming what differs from a version 5, little-endian file
 * @see https://github.com/kpu/kenlm/blob/master/lm/binary_format.cc
 */
export function readKenlmHeader(bytes: PagedBytes): KenlmHeader {
  const fail = (detail: string): never => {
    throw new LanguageModelError("kenlm", detail);
  };
  const start = bytes.slice(0, Math.min(bytes.size, SANITY_BYTES));
  if (!looksLikeKenlm(start))
    fail("the file does not begin like a KenLM binary; expected the output of build_binary, or use readArpa");
  const version = Number.parseInt(new TextDecoder().decode(start.subarray(MAGIC.length, 56)), 10);
  if (version !== VERSION)
    fail(`binary version ${version}; expected ${VERSION}; build it again from the ARPA file`);
  if (bytes.size < SANITY_BYTES + FIXED_BYTES)
    fail(`${bytes.size} bytes; the header alone is longer; is the file cut short?`);
  const areTestValuesRight =
    bytes.f32(56) === 0 &&
    bytes.f32(60) === 1 &&
    bytes.f32(64) === -0.5 &&
    bytes.u32(68) === 1 &&
    bytes.u32(72) === 0xffffffff &&
    bytes.u64(80) === 1;
  if (!areTestValuesRight)
    fail(
      "the test values of the header differ; expected a little-endian, 64-bit file; build it again from the ARPA file",
    );
  const order = bytes.u8(88);
  const end = Math.ceil((SANITY_BYTES + FIXED_BYTES + 8 * order) / 8) * 8;
  if (order < 2 || order > LARGEST_ORDER) fail(`order ${order}; expected 2 to ${LARGEST_ORDER}`);
  if (bytes.size < end) fail(`${bytes.size} bytes; the header alone has ${end}; is the file cut short?`);
  const kind = KINDS[bytes.u32(96)] ?? fail(`model type ${bytes.u32(96)}; expected 0 to 5`);
  const searchVersion = bytes.u32(104);
  const expected = kind.includes("probing") ? 0 : 1;
  if (searchVersion !== expected) fail(`${kind} tables of version ${searchVersion}; expected ${expected}`);
  const probingMultiplier = bytes.f32(92);
  if (!(probingMultiplier >= 1 && probingMultiplier < 1e6))
    fail(`probing multiplier ${probingMultiplier}; expected at least 1`);
  const counts = Array.from({ length: order }, (_, i) => bytes.u64(SANITY_BYTES + FIXED_BYTES + 8 * i));
  for (const count of counts) if (!(count < 2 ** 45)) fail(`${count} n-grams in the header; is it damaged?`);
  return { kind, order, counts, probingMultiplier, hasWords: bytes.u8(100) !== 0, end };
}
