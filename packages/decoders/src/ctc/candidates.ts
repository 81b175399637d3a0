// The best so many candidates of one frame: a binary heap with the worst on top, so that most others are turned away by one comparison.

/** What a candidate is: its prefix followed by blank, by its last symbol again, or by one symbol more. */
export const [STAY_BLANK, STAY_SYMBOL, EXTEND] = [0, 1, 2] as const;

/** At most `limit` candidates, kept by score; slots are used again. */
export class Candidates {
  readonly score: Float64Array;
  /** Score of its best alignment alone, which decides the times. */
  readonly best: Float64Array;
  /** Index in the beam of the hypothesis it comes from. */
  readonly source: Int32Array;
  readonly kind: Uint8Array;
  readonly symbol: Int32Array;
  readonly label: Int32Array;
  /** Place in the lattice of the step before. */
  readonly from: Int32Array;
  /** When it was added: of equal candidates the one added first is better, so that ties do not hang on the heap's shape. */
  readonly turn: Int32Array;
  /** Slots in heap order; after `sort` best first. */
  readonly order: Int32Array;
  count = 0;

  constructor(readonly limit: number) {
    this.score = new Float64Array(limit);
    this.best = new Float64Array(limit);
    this.source = new Int32Array(limit);
    this.kind = new Uint8Array(limit);
    this.symbol = new Int32Array(limit);
    this.label = new Int32Array(limit);
    this.from = new Int32Array(limit);
    this.turn = new Int32Array(limit);
    this.order = new Int32Array(limit);
  }

  #turns = 0;

  clear(): void {
    this.count = 0;
    this.#turns = 0;
  }

  /** The score a candidate must exceed to be kept. */
  get bar(): number {
    return this.count < this.limit ? -Infinity : this.score[this.order[0]!]!;
  }

  add(
    score: number,
    best: number,
    source: number,
    kind: number,
    symbol: number,
    label: number,
    from: number,
  ): void {
    if (this.count === this.limit && score <= this.score[this.order[0]!]!) return;
    const isFull = this.count === this.limit;
    const slot = isFull ? this.order[0]! : this.count;
    this.score[slot] = score;
    this.best[slot] = best;
    this.turn[slot] = this.#turns++;
    this.source[slot] = source;
    this.kind[slot] = kind;
    this.symbol[slot] = symbol;
    this.label[slot] = label;
    this.from[slot] = from;
    if (isFull) this.#sink(0, this.count);
    else this.#rise(this.count++, slot);
  }

  /** Puts `order` into descending scores. */
  sort(): void {
    for (let end = this.count - 1; end > 0; end--) {
      const worst = this.order[0]!;
      this.order[0] = this.order[end]!;
      this.order[end] = worst;
      this.#sink(0, end);
    }
  }

  #rise(start: number, slot: number): void {
    const { order } = this;
    let at = start;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isWorse(slot, order[above]!)) break;
      order[at] = order[above]!;
      at = above;
    }
    order[at] = slot;
  }

  #sink(start: number, end: number): void {
    const { order } = this;
    const slot = order[start]!;
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= end) break;
      if (below + 1 < end && this.#isWorse(order[below + 1]!, order[below]!)) below += 1;
      if (!this.#isWorse(order[below]!, slot)) break;
      order[at] = order[below]!;
      at = below;
    }
    order[at] = slot;
  }

  #isWorse(a: number, b: number): boolean {
    const difference = this.score[a]! - this.score[b]!;
    return difference < 0 || (difference === 0 && this.turn[a]! > this.turn[b]!);
  }
}
