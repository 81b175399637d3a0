// Words as UTF-8 bytes in one array with a hash over them: ids in order of insertion, no string per word.

/** Columns of a slot: id + 1 (0: free), and 64 bits of hash. */
const STRIDE = 3;
const [TAB, RETURN, SPACE] = [9, 13, 32] as const;

/** A growing list of distinct words, looked up by their UTF-8 bytes. */
export class WordTable {
  size = 0;
  /** Byte offset of each word in `bytes`; one more entry than words. */
  offsets: Int32Array;
  bytes: Uint8Array;
  /** Open addressing, linear probing, `STRIDE` columns a slot; the number of slots is a power of two. */
  slots: Int32Array;
  /** Where the field that `findField` read ends. */
  end = 0;
  #low = 0;
  #high = 0;

  constructor(expectedWords = 1024) {
    this.offsets = new Int32Array(expectedWords + 1);
    this.bytes = new Uint8Array(Math.max(64, expectedWords * 8));
    this.slots = new Int32Array(slotCount(expectedWords) * STRIDE);
  }

  /** @returns a table over arrays that `offsets`, `bytes` and `slots` of another one were written from */
  static over(size: number, offsets: Int32Array, bytes: Uint8Array, slots: Int32Array): WordTable {
    const table = new WordTable(0);
    Object.assign(table, { size, offsets, bytes, slots });
    return table;
  }

  /** @returns the id of the word in `source[start, end)`, -1 if absent */
  find(source: Uint8Array, start: number, end: number): number {
    this.#hash(source, start, end);
    const id = this.#lookUp();
    return id >= 0 && this.#equals(id, source, start, end) ? id : -1;
  }

  /**
   * Finds the word that begins at `start` and ends at a blank or at `limit`, trusting 64 bits of hash: reading a model
   * asks this ten million times, and comparing the bytes as well would double the time.
   *
   * @returns its id, -1 if absent; its end is in `end`
   */
  findField(source: Uint8Array, start: number, limit: number): number {
    let [low, high] = [0x811c9dc5 | 0, 0x2545f491];
    let at = start;
    for (; at < limit; at++) {
      const byte = source[at]!;
      if (byte === SPACE || byte === TAB || byte === RETURN) break;
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high + byte, 0x9e3779b1) ^ (high >>> 11);
    }
    this.end = at;
    this.#low = low;
    this.#high = high;
    return this.#lookUp();
  }

  /** Adds the word in `source[start, end)`; the caller has seen that `find` says -1. @returns its id */
  add(source: Uint8Array, start: number, end: number): number {
    if ((this.size + 1) * STRIDE * 4 > this.slots.length * 3) this.#rehash(this.slots.length * 2);
    const at = this.offsets[this.size]!;
    if (this.size + 2 > this.offsets.length) this.offsets = grown(this.offsets, this.size + 2);
    if (at + end - start > this.bytes.length) this.bytes = grown(this.bytes, at + end - start);
    for (let i = start; i < end; i++) this.bytes[at + i - start] = source[i]!;
    this.offsets[this.size + 1] = at + end - start;
    this.#hash(source, start, end);
    this.#insert(this.size);
    return this.size++;
  }

  /** @returns the id of a word given as a string, -1 if absent */
  indexOf(word: string): number {
    const encoded = new TextEncoder().encode(word);
    return this.find(encoded, 0, encoded.length);
  }

  wordOf(id: number): string {
    return new TextDecoder().decode(this.bytes.subarray(this.offsets[id]!, this.offsets[id + 1]!));
  }

  /** Gives back the memory that was kept for words which did not come. */
  trim(): void {
    this.bytes = this.bytes.slice(0, this.offsets[this.size]!);
    this.offsets = this.offsets.slice(0, this.size + 1);
  }

  // FNV-1a and a multiplicative hash over the bytes; the same as in findField
  #hash(source: Uint8Array, start: number, end: number): void {
    let [low, high] = [0x811c9dc5 | 0, 0x2545f491];
    for (let at = start; at < end; at++) {
      low = Math.imul(low ^ source[at]!, 0x01000193);
      high = Math.imul(high + source[at]!, 0x9e3779b1) ^ (high >>> 11);
    }
    this.#low = low;
    this.#high = high;
  }

  #lookUp(): number {
    const { slots } = this;
    const [low, high] = [this.#low, this.#high];
    let at = this.#slotOf(low, high);
    for (let left = slots.length; left > 0; left -= STRIDE) {
      const id = slots[at]! - 1;
      if (id < 0) return -1;
      if (slots[at + 1] === low && slots[at + 2] === high) return id;
      at += STRIDE;
      if (at >= slots.length) at = 0;
    }
    return -1;
  }

  #slotOf(low: number, high: number): number {
    const mixed = Math.imul(low ^ (low >>> 15) ^ high, 0x85ebca6b);
    return ((mixed ^ (mixed >>> 13)) & (this.slots.length / STRIDE - 1)) * STRIDE;
  }

  #equals(id: number, source: Uint8Array, start: number, end: number): boolean {
    const at = this.offsets[id]!;
    if (this.offsets[id + 1]! - at !== end - start) return false;
    for (let i = start; i < end; i++) if (this.bytes[at + i - start] !== source[i]) return false;
    return true;
  }

  #insert(id: number): void {
    let at = this.#slotOf(this.#low, this.#high);
    while (this.slots[at] !== 0) {
      at += STRIDE;
      if (at >= this.slots.length) at = 0;
    }
    this.slots[at] = id + 1;
    this.slots[at + 1] = this.#low;
    this.slots[at + 2] = this.#high;
  }

  #rehash(length: number): void {
    this.slots = new Int32Array(length);
    for (let id = 0; id < this.size; id++) {
      this.#hash(this.bytes, this.offsets[id]!, this.offsets[id + 1]!);
      this.#insert(id);
    }
  }
}

function slotCount(words: number): number {
  let slots = 16;
  while (slots * 3 < words * 4 + 16) slots *= 2;
  return slots;
}

function grown<T extends Int32Array | Uint8Array>(array: T, needed: number): T {
  const larger = new (array.constructor as new (length: number) => T)(
    Math.max(needed, Math.ceil(array.length * 1.6)),
  );
  larger.set(array);
  return larger;
}
