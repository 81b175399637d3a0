// Which symbols of a frame are worth trying: the most probable so many, above a threshold, the best one always.

interface SelectionOptions {
  readonly symbols: number;
  /** At most so many symbols. */
  readonly symbolCount: number;
  /** Log-probability below which only the best symbol is tried. */
  readonly symbolThreshold: number;
  readonly excluded: ReadonlySet<number>;
}

/** The symbols of the frame selected last, the most probable first. */
export class SymbolSelection {
  readonly order: Int32Array;
  count = 0;
  readonly #selected: Int32Array;
  readonly #allowed: Int32Array;
  #clock = 0;

  constructor(readonly options: SelectionOptions) {
    this.order = new Int32Array(options.symbols);
    this.#selected = new Int32Array(options.symbols);
    this.#allowed = Int32Array.from({ length: options.symbols }, (_, k) => k).filter(
      (k) => !options.excluded.has(k),
    );
  }

  has(symbol: number): boolean {
    return this.#selected[symbol] === this.#clock;
  }

  select(row: Float64Array): void {
    const { symbolThreshold, symbolCount } = this.options;
    this.#clock += 1;
    let best = this.#allowed[0]!;
    for (const k of this.#allowed) if (row[k]! > row[best]!) best = k;
    let count = 0;
    for (const k of this.#allowed)
      if ((row[k]! >= symbolThreshold || k === best) && row[k]! > -Infinity) this.order[count++] = k;
    if (count > 48) this.order.subarray(0, count).sort((a, b) => row[b]! - row[a]! || a - b);
    else this.#insertionSort(row, count);
    this.count = Math.min(count, symbolCount);
    for (let i = 0; i < this.count; i++) this.#selected[this.order[i]!] = this.#clock;
  }

  #insertionSort(row: Float64Array, count: number): void {
    const { order } = this;
    for (let i = 1; i < count; i++) {
      const k = order[i]!;
      const value = row[k]!;
      let at = i;
      while (at > 0 && row[order[at - 1]!]! < value) {
        order[at] = order[at - 1]!;
        at -= 1;
      }
      order[at] = k;
    }
  }
}
