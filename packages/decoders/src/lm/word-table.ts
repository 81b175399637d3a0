// Words as UTF-8 bytes in one array with a hash over them: ids in order of insertion, no string per word.

const EMPTY = 0;

/** A growing list of distinct words, looked up by their UTF-8 bytes. */
export class WordTable {
  size = 0;
  /** Byte offset of each word in `bytes`; one more entry than words. */
  offsets: Int32Array;
  bytes: Uint8Array;
  /** Open addressing, linear probing; holds id + 1. Length is a power of two. */
  slots: Int32Array;

  constructor(expectedWords = 1024) {
    this.offsets = new Int32Array(expectedWords + 1);
    this.bytes = new Uint8Array(Math.max(64, expectedWords * 8));
    this.slots = new Int32Array(slotCount(expectedWords));
  }

  /** @returns a table over arrays that `offsets`, `bytes` and `slots` of another one were written from */
  static over(size: number, offsets: Int32Array, bytes: Uint8Array, slots: Int32Array): WordTable {
    const table = new WordTable(0);
    Object.assign(table, { size, offsets, bytes, slots });
    return table;
  }

  /** @returns the id of the word in `source[start, end)`, -1 if absent */
  find(source: Uint8Array, start: number, end: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hashBytes(source, start, end) & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]! - 1;
      if (id < 0) return -1;
      if (this.#equals(id, source, start, end)) return id;
    }
  }

  /** Adds the word in `source[start, end)`; the caller has seen that `find` says -1. @returns its id */
  add(source: Uint8Array, start: number, end: number): number {
    if ((this.size + 1) * 4 > this.slots.length * 3) this.#rehash(this.slots.length * 2);
    const at = this.offsets[this.size]!;
    if (this.size + 2 > this.offsets.length) this.offsets = grown(this.offsets, this.size + 2);
    if (at + end - start > this.bytes.length) this.bytes = grown(this.bytes, at + end - start);
    for (let i = start; i < end; i++) this.bytes[at + i - start] = source[i]!;
    this.offsets[this.size + 1] = at + end - start;
    this.#insert(this.size, hashBytes(source, start, end));
    return this.size++;
  }

  /** Finds or adds a word. @returns its id */
  intern(source: Uint8Array, start: number, end: number): number {
    const id = this.find(source, start, end);
    return id >= 0 ? id : this.add(source, start, end);
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

  #equals(id: number, source: Uint8Array, start: number, end: number): boolean {
    const at = this.offsets[id]!;
    if (this.offsets[id + 1]! - at !== end - start) return false;
    for (let i = start; i < end; i++) if (this.bytes[at + i - start] !== source[i]) return false;
    return true;
  }

  #insert(id: number, hash: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while (this.slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    this.slots[slot] = id + 1;
  }

  #rehash(slots: number): void {
    this.slots = new Int32Array(slots);
    for (let id = 0; id < this.size; id++) {
      this.#insert(id, hashBytes(this.bytes, this.offsets[id]!, this.offsets[id + 1]!));
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

// FNV-1a over bytes, then one round of mixing so that the low bits depend on every byte
function hashBytes(source: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
