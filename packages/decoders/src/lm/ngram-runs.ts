// Counts of n-grams of the highest order: in memory, on disk in sorted runs where memory ends, merged into one sorted stream.
import { LanguageModelError } from "./model.js";
import { TupleTable } from "./tuple-table.js";

/** Where runs of counts go that memory does not hold: a folder, OPFS. */
export interface RunStore {
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** @returns the bytes of a run in pieces */
  read(name: string): AsyncIterable<Uint8Array>;
  remove(name: string): Promise<void>;
}

/** Begin-of-sentence id; it sorts before every word, so that padded n-grams come first. */
export const BEGIN = 1;

/**
 * Counts n-grams of `order` words. The first ones of a sentence are padded with as many `<s>` as it takes.
 */
export class NgramRuns {
  readonly #table: TupleTable;
  #counts = new Float64Array(1024);
  #runs = 0;

  /** @param largestSize n-grams held in memory; needs `store` where there are more */
  constructor(
    readonly order: number,
    readonly largestSize: number,
    readonly store: RunStore | undefined,
  ) {
    this.#table = new TupleTable(order);
  }

  /** Counts the n-grams that end in each of `words`, the last of which is `</s>`. @throws LanguageModelError if memory ends and there is no store */
  async add(words: readonly number[]): Promise<void> {
    const padded = new Int32Array(this.order - 1 + words.length).fill(BEGIN);
    padded.set(words, this.order - 1);
    for (let i = 0; i < words.length; i++) {
      const id = this.#table.intern(padded, i);
      if (id >= this.#counts.length)
        this.#counts = Float64Array.from({ length: this.#counts.length * 2 }, (_, j) => this.#counts[j] ?? 0);
      this.#counts[id]! += 1;
    }
    if (this.#table.size >= this.largestSize) await this.#spill();
  }

  async #spill(): Promise<void> {
    if (this.store === undefined) {
      throw new LanguageModelError(
        "estimate",
        `more than ${this.largestSize} n-grams of order ${this.order}; give a store for counts, a higher largestSize, or a lower order`,
      );
    }
    const order = this.#sorted();
    const record = this.order + 2;
    const out = new Int32Array(order.length * record);
    order.forEach((id, i) => {
      out.set(this.#table.tuples.subarray(id * this.order, (id + 1) * this.order), i * record);
      const count = this.#counts[id]!;
      out[i * record + this.order] = count % 2 ** 31;
      out[i * record + this.order + 1] = Math.floor(count / 2 ** 31);
    });
    await this.store.write(`run-${this.#runs++}`, new Uint8Array(out.buffer));
    this.#table.clear();
    this.#counts.fill(0);
  }

  // ids in suffix order: by the last word, then the one before, …
  #sorted(): Int32Array {
    const { tuples } = this.#table;
    const length = this.order;
    return Int32Array.from({ length: this.#table.size }, (_, i) => i).sort((a, b) => {
      for (let i = length - 1; i >= 0; i--) {
        const difference = tuples[a * length + i]! - tuples[b * length + i]!;
        if (difference !== 0) return difference;
      }
      return 0;
    });
  }

  /** Visits every n-gram once, in suffix order; may be called again. The tuple is reused between calls. */
  async forEach(visit: (words: Int32Array, count: number) => void): Promise<void> {
    if (this.#runs === 0) {
      const length = this.order;
      for (const id of this.#sorted())
        visit(this.#table.tuples.subarray(id * length, (id + 1) * length), this.#counts[id]!);
      return;
    }
    if (this.#table.size > 0) await this.#spill();
    const heads = await Promise.all(
      Array.from({ length: this.#runs }, (_, i) => RunReader.open(this.store!.read(`run-${i}`), this.order)),
    );
    for (;;) {
      let first: RunReader | undefined;
      for (const head of heads)
        if (!head.isDone && (first === undefined || head.compare(first) < 0)) first = head;
      if (first === undefined) return;
      const words = first.words.slice();
      let count = 0;
      for (const head of heads) {
        if (head.isDone || head.compareTo(words) !== 0) continue;
        count += head.count;
        await head.next();
      }
      visit(words, count);
    }
  }

  /** Removes the runs. */
  async dispose(): Promise<void> {
    for (let i = 0; i < this.#runs; i++) await this.store!.remove(`run-${i}`);
    this.#runs = 0;
  }
}

class RunReader {
  words: Int32Array;
  count = 0;
  isDone = false;
  #records = new Int32Array(0);
  #at = 0;
  #rest = new Uint8Array(0);

  private constructor(
    readonly chunks: AsyncIterator<Uint8Array>,
    readonly order: number,
  ) {
    this.words = new Int32Array(order);
  }

  static async open(source: AsyncIterable<Uint8Array>, order: number): Promise<RunReader> {
    const reader = new RunReader(source[Symbol.asyncIterator](), order);
    await reader.next();
    return reader;
  }

  async next(): Promise<void> {
    const record = this.order + 2;
    while (this.#at + record > this.#records.length) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) {
        this.isDone = true;
        return;
      }
      const bytes = new Uint8Array(this.#rest.length + chunk.value.length);
      bytes.set(this.#rest);
      bytes.set(chunk.value, this.#rest.length);
      const whole = bytes.length - (bytes.length % (record * 4));
      this.#records = new Int32Array(bytes.slice(0, whole).buffer);
      this.#rest = bytes.slice(whole);
      this.#at = 0;
    }
    this.words = this.#records.subarray(this.#at, this.#at + this.order);
    this.count = this.#records[this.#at + this.order]! + this.#records[this.#at + this.order + 1]! * 2 ** 31;
    this.#at += record;
  }

  compare(other: RunReader): number {
    return this.compareTo(other.words);
  }

  compareTo(words: Int32Array): number {
    for (let i = this.order - 1; i >= 0; i--) {
      const difference = this.words[i]! - words[i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
