// KenLM binary files as they lie on disk: tables are read where a score needs them, histories are numbered as they occur.
import { PagedBytes, type ByteSource } from "./byte-source.js";
import { readKenlmHeader } from "./kenlm-header.js";
import { probingTables } from "./kenlm-probing.js";
import { trieTables } from "./kenlm-trie.js";
import { LanguageModelError, type NgramModel } from "./model.js";

/** KenLM's mark (-0) of a history that no n-gram continues. */
const NO_EXTENSION = 0x80000000;
/** Scores remembered, by (history, word); a power of two. */
const CACHE = 1 << 15;

/** The tables of one file; a lookup begins with a word and extends it by the words before it, the nearest first. */
export interface KenlmTables {
  /** First byte after the tables. */
  readonly end: number;
  readonly wordCount: number;
  /** log10 probability, and bits of the back-off, of the n-gram found last. */
  probability: number;
  backoffBits: number;
  indexOf(word: Uint8Array): number;
  begin(word: number): void;
  /** @returns whether the n-gram of `length` words, `word` before those so far, is in the file */
  extend(length: number, word: number): boolean;
}

export interface KenlmOptions {
  /** Bytes of a `ByteSource` kept in memory. */
  readonly cacheBytes?: number;
}

/**
 * Opens a KenLM binary file: probing, trie, quantised, array-compressed.
 *
 * @param source the whole file, or something that reads it at an offset
 * @throws LanguageModelError if the header is not that of a version 5 file or the file is shorter than the header says
 */
export function openKenlm(
  source: ByteSource | Uint8Array,
  { cacheBytes = 1 << 26 }: KenlmOptions = {},
): KenlmModel {
  const bytes = new PagedBytes(source, cacheBytes);
  const header = readKenlmHeader(bytes);
  const tables = header.kind.includes("probing") ? probingTables(bytes, header) : trieTables(bytes, header);
  if (tables.end > bytes.size) {
    throw new LanguageModelError(
      "kenlm",
      `${bytes.size} bytes; the header says at least ${tables.end}; is the file cut short?`,
    );
  }
  if (tables.wordCount > header.counts[0]! + 1) {
    throw new LanguageModelError(
      "kenlm",
      `${tables.wordCount} words for ${header.counts[0]} 1-grams; is the file damaged?`,
    );
  }
  return new KenlmModel(bytes, tables, header.order, header.hasWords);
}

/** An n-gram model over a KenLM binary file; see `openKenlm`. */
export class KenlmModel implements NgramModel {
  readonly wordCount: number;
  readonly endWord: number;
  readonly beginState: number;
  readonly emptyState = 0;
  readonly warnings: readonly string[] = [];
  nextState = 0;
  matchedLength = 0;
  readonly #bytes: PagedBytes;
  readonly #tables: KenlmTables;
  readonly #hasWords: boolean;
  #spellings: readonly string[] | undefined;
  // histories: [length, words nearest first] and their back-offs, numbered in order of appearance
  #states: Int32Array;
  #backoffs: Float64Array;
  #stateCount = 0;
  #slots = new Int32Array(1024);
  readonly #words: Int32Array;
  readonly #weights: Float64Array;
  readonly #cachedKeys = new Int32Array(CACHE * 2).fill(-1);
  readonly #cachedScores = new Float64Array(CACHE);
  readonly #cachedStates = new Int32Array(CACHE);
  readonly #cachedLengths = new Uint8Array(CACHE);

  constructor(
    bytes: PagedBytes,
    tables: KenlmTables,
    readonly order: number,
    hasWords: boolean,
  ) {
    this.#bytes = bytes;
    this.#tables = tables;
    this.#hasWords = hasWords;
    this.wordCount = tables.wordCount;
    this.#states = new Int32Array(256 * order);
    this.#backoffs = new Float64Array(256 * order);
    this.#words = new Int32Array(order);
    this.#weights = new Float64Array(order);
    this.#state(0); // the empty history is number 0
    this.endWord = this.indexOf("</s>");
    this.#words[0] = this.indexOf("<s>");
    tables.begin(this.#words[0]);
    this.#weights[0] = bytes.asFloat(tables.backoffBits);
    this.beginState = this.#state(1);
  }

  indexOf(word: string): number {
    return word === "<unk>" || word === "<UNK>" ? 0 : this.#tables.indexOf(new TextEncoder().encode(word));
  }

  /** @throws LanguageModelError if the list of words at the end of the file is damaged */
  wordOf(id: number): string | undefined {
    if (!this.#hasWords) return undefined;
    this.#spellings ??= this.#readSpellings();
    return this.#spellings[id];
  }

  score(state: number, word: number): number {
    const slot = (Math.imul(state, 0x9e3779b1) ^ Math.imul(word, 0x85ebca77)) & (CACHE - 1);
    if (this.#cachedKeys[2 * slot] === state && this.#cachedKeys[2 * slot + 1] === word) {
      this.nextState = this.#cachedStates[slot]!;
      this.matchedLength = this.#cachedLengths[slot]!;
      return this.#cachedScores[slot]!;
    }
    const score = this.#lookUp(state, word);
    this.#cachedKeys[2 * slot] = state;
    this.#cachedKeys[2 * slot + 1] = word;
    this.#cachedScores[slot] = score;
    this.#cachedStates[slot] = this.nextState;
    this.#cachedLengths[slot] = this.matchedLength;
    return score;
  }

  #lookUp(state: number, word: number): number {
    const tables = this.#tables;
    const at = state * this.order;
    const known = this.#states[at]!;
    tables.begin(word);
    let score = tables.probability;
    let [matched, kept] = [1, tables.backoffBits === NO_EXTENSION ? 0 : 1];
    this.#words[0] = word;
    this.#weights[0] = this.#bytes.asFloat(tables.backoffBits);
    for (let i = 0; i < known; i++) {
      const before = this.#states[at + 1 + i]!;
      if (!tables.extend(i + 2, before)) break;
      score = tables.probability;
      matched = i + 2;
      if (matched === this.order) break;
      this.#words[i + 1] = before;
      this.#weights[i + 1] = this.#bytes.asFloat(tables.backoffBits);
      if (tables.backoffBits !== NO_EXTENSION) kept = matched;
    }
    for (let i = matched - 1; i < known; i++) score += this.#backoffs[at + i]!;
    this.matchedLength = matched;
    this.nextState = this.#state(kept);
    return score;
  }

  // the number of the history in the first `length` of #words
  #state(length: number): number {
    let hash = length;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ this.#words[i]!, 0x9e3779b1) ^ (hash >>> 15);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (this.#isState(id, length)) return id;
    }
    const id = this.#stateCount++;
    if ((id + 1) * this.order > this.#states.length) {
      this.#states = Int32Array.from({ length: this.#states.length * 2 }, (_, i) => this.#states[i] ?? 0);
      this.#backoffs = Float64Array.from(
        { length: this.#backoffs.length * 2 },
        (_, i) => this.#backoffs[i] ?? 0,
      );
    }
    this.#states[id * this.order] = length;
    for (let i = 0; i < length; i++) {
      this.#states[id * this.order + 1 + i] = this.#words[i]!;
      this.#backoffs[id * this.order + i] = this.#weights[i]!;
    }
    this.#slots[slot] = id + 1;
    if (this.#stateCount * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #isState(id: number, length: number): boolean {
    const at = id * this.order;
    if (this.#states[at] !== length) return false;
    for (let i = 0; i < length; i++) if (this.#states[at + 1 + i] !== this.#words[i]) return false;
    return true;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.#stateCount; id++) {
      const at = id * this.order;
      let hash = this.#states[at]!;
      for (let i = 1; i <= this.#states[at]!; i++)
        hash = Math.imul(hash ^ this.#states[at + i]!, 0x9e3779b1) ^ (hash >>> 15);
      let slot = (hash ^ (hash >>> 16)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }

  #readSpellings(): string[] {
    const start = this.#tables.end;
    const text = this.#bytes.slice(start, this.#bytes.size - start);
    const words: string[] = [];
    const decoder = new TextDecoder();
    for (let at = 0; words.length < this.wordCount;) {
      const end = text.indexOf(0, at);
      if (end < 0) break;
      words.push(decoder.decode(text.subarray(at, end)));
      at = end + 1;
    }
    if (words.length !== this.wordCount || words[0] !== "<unk>") {
      throw new LanguageModelError(
        "kenlm",
        `the list of words at the end has ${words.length} whole entries; expected ${this.wordCount}, <unk> first; is the file cut short?`,
      );
    }
    return words;
  }
}
