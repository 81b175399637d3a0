// Distinct tuples of integers of one length, numbered in order of appearance: n-grams as word ids.

/** Open addressing over tuples in one array. */
export class TupleTable {
  size = 0;
  /** [size * length] the tuples, one after the other. */
  tuples: Int32Array;
  #slots: Int32Array;

  constructor(
    readonly length: number,
    expected = 1024,
  ) {
    this.tuples = new Int32Array(expected * length);
    let slots = 16;
    while (slots < expected * 2) slots *= 2;
    this.#slots = new Int32Array(slots);
  }

  /** @returns the number of the tuple at `source[start …]`, −1 if it is new */
  find(source: Int32Array, start: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(source, start) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (id < 0 || this.#equals(id, source, start)) return id;
    }
  }

  /** @returns its number, a new one if it has none */
  intern(source: Int32Array, start: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(source, start) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#equals(this.#slots[slot]! - 1, source, start)) return this.#slots[slot]! - 1;
    }
    const id = this.size++;
    this.#slots[slot] = id + 1;
    if (this.size * this.length > this.tuples.length) {
      const larger = new Int32Array(this.tuples.length * 2);
      larger.set(this.tuples);
      this.tuples = larger;
    }
    for (let i = 0; i < this.length; i++) this.tuples[id * this.length + i] = source[start + i]!;
    if (this.size * 3 > this.#slots.length * 2) this.#rehash();
    return id;
  }

  clear(): void {
    this.size = 0;
    this.#slots.fill(0);
  }

  #equals(id: number, source: Int32Array, start: number): boolean {
    const at = id * this.length;
    for (let i = 0; i < this.length; i++) if (this.tuples[at + i] !== source[start + i]) return false;
    return true;
  }

  #hash(source: Int32Array, start: number): number {
    let hash = 0x2545f491;
    for (let i = 0; i < this.length; i++) {
      hash = Math.imul(hash ^ source[start + i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash, 0x85ebca6b) >>> 7;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#hash(this.tuples, id * this.length) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}
