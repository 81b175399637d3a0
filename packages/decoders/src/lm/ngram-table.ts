// A back-off model in typed arrays: one hash table per order, entries keyed by (history, word), histories linked to their suffix.
import { LanguageModelError, type NgramModel } from "./model.js";
import type { WordTable } from "./word-table.js";

/** int32 columns of an entry of orders 2 … N-1: history + word, probability, back-off, suffix link and flag. */
const MIDDLE = 5;
/** int32 columns of an entry of the highest order: history + word, probability. */
const LONGEST = 3;
const [HISTORY, WORD, PROBABILITY, BACKOFF, LINK] = [0, 1, 2, 3, 4] as const;
/** Slots per entry: at three quarters full a miss costs eight neighbouring slots on average. */
const SLOTS_PER_ENTRY = 4 / 3;

/** The arrays of an `NgramTable`, which is all that a file of our own holds. */
export interface NgramArrays {
  readonly words: WordTable;
  /** [words] log10 probability and back-off of single words. */
  readonly unigramProbability: Float32Array;
  readonly unigramBackoff: Float32Array;
  /** [words] 1 where the word is worth remembering as a history. */
  readonly unigramExtends: Uint8Array;
  /** For each order from 2: the hash table, `MIDDLE` columns a slot, the last one `LONGEST`. */
  readonly tables: readonly Int32Array[];
}

/**
 * Node ids: 0 is the empty history, 1 + w the single word w, then the slots of order 2, 3, … one range after the other.
 * `LINK` holds `suffix << 1 | extends`; `finish` makes every suffix one that extends, so that histories no continuation
 * can tell apart have the same id.
 */
export class NgramTable implements NgramModel {
  readonly order: number;
  readonly wordCount: number;
  readonly emptyState = 0;
  beginState = 0;
  endWord = 0;
  nextState = 0;
  matchedLength = 0;
  readonly warnings: string[] = [];
  readonly #tables: readonly Int32Array[];
  readonly #floats: readonly Float32Array[];
  /** First node id of order 2, 3, …, N. */
  readonly #bases: Int32Array;
  /** A literal `<UNK>` is the unknown word too. */
  readonly #unknownNames = new Set(["<unk>", "<UNK>"]);

  constructor(readonly arrays: NgramArrays) {
    this.#tables = arrays.tables;
    this.order = arrays.tables.length + 1;
    this.wordCount = arrays.unigramProbability.length;
    this.#floats = arrays.tables.map(
      (table) => new Float32Array(table.buffer, table.byteOffset, table.length),
    );
    this.#bases = new Int32Array(arrays.tables.length + 1);
    let base = 1 + this.wordCount;
    arrays.tables.forEach((table, i) => {
      this.#bases[i] = base;
      base += i === arrays.tables.length - 1 ? 0 : table.length / MIDDLE;
    });
    this.#bases[arrays.tables.length] = base;
    if (base > 0x3fffffff) throw new LanguageModelError("ngrams", `${base} histories; at most 2^30 fit`);
  }

  /** @returns empty arrays for `counts[k]` n-grams of order k + 1 */
  static allocate(words: WordTable, counts: readonly number[]): NgramArrays {
    const wordCount = counts[0]!;
    const tables = counts.slice(1).map((count, i) => {
      const slots = Math.ceil(count * SLOTS_PER_ENTRY) + 2;
      return new Int32Array(slots * (i === counts.length - 2 ? LONGEST : MIDDLE));
    });
    return {
      words,
      unigramProbability: new Float32Array(wordCount),
      unigramBackoff: new Float32Array(wordCount),
      unigramExtends: new Uint8Array(wordCount),
      tables,
    };
  }

  indexOf(word: string): number {
    if (this.#unknownNames.has(word)) return 0;
    return Math.max(0, this.arrays.words.indexOf(word));
  }

  wordOf(id: number): string | undefined {
    return id >= 0 && id < this.wordCount ? this.arrays.words.wordOf(id) : undefined;
  }

  score(state: number, word: number): number {
    let backoff = 0;
    for (let node = state; node !== 0; node = this.#suffix(node)) {
      const length = this.#lengthOf(node) + 1;
      const slot = this.#find(length, node, word);
      if (slot >= 0) {
        this.matchedLength = length;
        this.nextState =
          length === this.order ? this.#after(this.#suffix(node), word) : this.#settled(length, slot);
        return backoff + this.#floats[length - 2]![slot + PROBABILITY]!;
      }
      backoff += this.#backoff(node);
    }
    this.matchedLength = 1;
    this.nextState = this.order > 1 && this.arrays.unigramExtends[word] === 1 ? 1 + word : 0;
    return backoff + this.arrays.unigramProbability[word]!;
  }

  /** Adds an n-gram of order `length`; every history of it must have been added. @returns false if it was there already */
  add(length: number, history: number, word: number, probability: number, backoff: number): boolean {
    const table = this.#tables[length - 2]!;
    const stride = length === this.order ? LONGEST : MIDDLE;
    const slots = table.length / stride;
    let slot = slotOf(history, word, slots) * stride;
    while (table[slot] !== 0) {
      if (table[slot] === history && table[slot + WORD] === word) return false;
      slot += stride;
      if (slot === table.length) slot = 0;
    }
    table[slot + HISTORY] = history;
    table[slot + WORD] = word;
    const floats = this.#floats[length - 2]!;
    floats[slot + PROBABILITY] = probability;
    if (length < this.order) {
      floats[slot + BACKOFF] = backoff;
      table[slot + LINK] = (this.#node(this.#suffix(history), word) << 1) | (backoff !== 0 ? 1 : 0);
    }
    if (length === 2) this.arrays.unigramExtends[history - 1] = 1;
    else this.#tables[length - 3]![this.#slot(length - 1, history) + LINK]! |= 1;
    return true;
  }

  setUnigram(word: number, probability: number, backoff: number): void {
    this.arrays.unigramProbability[word] = probability;
    this.arrays.unigramBackoff[word] = backoff;
    if (backoff !== 0) this.arrays.unigramExtends[word] = 1;
  }

  /** @returns the node of a history of `length` words extended by `word`, -1 if the model has no such n-gram */
  child(length: number, history: number, word: number): number {
    const slot = this.#find(length, history, word);
    return slot < 0 ? -1 : this.#bases[length - 2]! + slot / MIDDLE;
  }

  /** @returns how many n-grams of `length` words there are */
  count(length: number): number {
    if (length === 1) return this.wordCount;
    const stride = length === this.order ? LONGEST : MIDDLE;
    let count = 0;
    for (let slot = 0, table = this.#tables[length - 2]!; slot < table.length; slot += stride)
      if (table[slot] !== 0) count += 1;
    return count;
  }

  /** Visits the n-grams of `length` words in no particular order; `words` is used again for the next one. */
  *ngrams(length: number): Generator<{ words: Int32Array; probability: number; backoff: number }> {
    const words = new Int32Array(length);
    if (length === 1) {
      const { unigramProbability, unigramBackoff } = this.arrays;
      for (let word = 0; word < this.wordCount; word++) {
        words[0] = word;
        yield { words, probability: unigramProbability[word]!, backoff: unigramBackoff[word]! };
      }
      return;
    }
    const [table, floats] = [this.#tables[length - 2]!, this.#floats[length - 2]!];
    const stride = length === this.order ? LONGEST : MIDDLE;
    for (let slot = 0; slot < table.length; slot += stride) {
      if (table[slot] === 0) continue;
      this.#spell(words, length, table[slot + HISTORY]!, table[slot + WORD]!);
      yield {
        words,
        probability: floats[slot + PROBABILITY]!,
        backoff: length === this.order ? 0 : floats[slot + BACKOFF]!,
      };
    }
  }

  #spell(words: Int32Array, length: number, history: number, word: number): void {
    words[length - 1] = word;
    let node = history;
    for (let i = length - 2; i > 0; i--) {
      const table = this.#tables[i - 1]!;
      const slot = this.#slot(i + 1, node);
      words[i] = table[slot + WORD]!;
      node = table[slot + HISTORY]!;
    }
    words[0] = node - 1;
  }

  /** Replaces each suffix by the longest one that extends; to be called once, when every n-gram is in. */
  finish(beginWord: number, endWord: number): this {
    this.#tables.slice(0, -1).forEach((table) => {
      for (let slot = 0; slot < table.length; slot += MIDDLE) {
        if (table[slot] === 0) continue;
        const link = table[slot + LINK]!;
        table[slot + LINK] = (this.#settledNode(link >> 1) << 1) | (link & 1);
      }
    });
    return this.locate(beginWord, endWord);
  }

  /** Sets the start history and the end word. */
  locate(beginWord: number, endWord: number): this {
    this.beginState = this.order > 1 && this.arrays.unigramExtends[beginWord] === 1 ? 1 + beginWord : 0;
    this.endWord = endWord;
    return this;
  }

  #find(length: number, history: number, word: number): number {
    const table = this.#tables[length - 2]!;
    const stride = length === this.order ? LONGEST : MIDDLE;
    let slot = slotOf(history, word, table.length / stride) * stride;
    // a damaged file may have no free slot to stop at
    for (let left = table.length; left > 0; left -= stride) {
      const found = table[slot]!;
      if (found === history && table[slot + WORD] === word) return slot;
      if (found === 0) return -1;
      slot += stride;
      if (slot === table.length) slot = 0;
    }
    return -1;
  }

  #lengthOf(node: number): number {
    let length = 1;
    while (length < this.order && node >= this.#bases[length - 1]!) length += 1;
    return length;
  }

  #slot(length: number, node: number): number {
    return (node - this.#bases[length - 2]!) * MIDDLE;
  }

  #suffix(node: number): number {
    if (node <= this.wordCount) return 0;
    const length = this.#lengthOf(node);
    return this.#tables[length - 2]![this.#slot(length, node) + LINK]! >> 1;
  }

  #backoff(node: number): number {
    if (node <= this.wordCount) return this.arrays.unigramBackoff[node - 1]!;
    const length = this.#lengthOf(node);
    return this.#floats[length - 2]![this.#slot(length, node) + BACKOFF]!;
  }

  // the longest known n-gram that ends in (history, word), whether or not it extends
  #node(history: number, word: number): number {
    for (let node = history; node !== 0; node = this.#suffix(node)) {
      const length = this.#lengthOf(node) + 1;
      const slot = this.#find(length, node, word);
      if (slot >= 0) return this.#bases[length - 2]! + slot / MIDDLE;
    }
    return 1 + word;
  }

  #after(history: number, word: number): number {
    for (let node = history; node !== 0; node = this.#suffix(node)) {
      const length = this.#lengthOf(node) + 1;
      const slot = this.#find(length, node, word);
      if (slot >= 0) return this.#settled(length, slot);
    }
    return this.arrays.unigramExtends[word] === 1 ? 1 + word : 0;
  }

  #settled(length: number, slot: number): number {
    const link = this.#tables[length - 2]![slot + LINK]!;
    return link & 1 ? this.#bases[length - 2]! + slot / MIDDLE : link >> 1;
  }

  #settledNode(start: number): number {
    for (let node = start; ;) {
      if (node === 0) return 0;
      if (node <= this.wordCount) return this.arrays.unigramExtends[node - 1] === 1 ? node : 0;
      const length = this.#lengthOf(node);
      const link = this.#tables[length - 2]![this.#slot(length, node) + LINK]!;
      if (link & 1) return node;
      node = link >> 1;
    }
  }
}

// multiply-shift of both keys, then the high bits scaled to the number of slots
function slotOf(history: number, word: number, slots: number): number {
  let hash = Math.imul(history, 0x9e3779b1) + Math.imul(word, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return Math.floor(((hash ^ (hash >>> 15)) >>> 0) * 2.3283064365386963e-10 * slots);
}
