// The hypotheses in hand, side by side in typed arrays: of each prefix, ended in a blank and ended in its symbol.

/**
 * Of both endings: the score, the score of the best alignment alone, and its place in the lattice. −Infinity marks an
 * ending that is not in the beam.
 */
export class BeamColumns {
  count = 0;
  readonly nodes: Int32Array;
  readonly blankScore: Float64Array;
  readonly symbolScore: Float64Array;
  readonly blankBest: Float64Array;
  readonly symbolBest: Float64Array;
  readonly blankPlace: Int32Array;
  readonly symbolPlace: Int32Array;

  constructor(size: number) {
    this.nodes = new Int32Array(size);
    [this.blankScore, this.symbolScore] = [new Float64Array(size), new Float64Array(size)];
    [this.blankBest, this.symbolBest] = [new Float64Array(size), new Float64Array(size)];
    [this.blankPlace, this.symbolPlace] = [new Int32Array(size), new Int32Array(size)];
  }

  /** Adds a prefix, neither ending in the beam yet. @returns its index */
  add(node: number): number {
    const i = this.count++;
    this.nodes[i] = node;
    this.set(i, true, -Infinity, -Infinity, -1);
    this.set(i, false, -Infinity, -Infinity, -1);
    return i;
  }

  set(i: number, isBlank: boolean, score: number, best: number, place: number): void {
    (isBlank ? this.blankScore : this.symbolScore)[i] = score;
    (isBlank ? this.blankBest : this.symbolBest)[i] = best;
    (isBlank ? this.blankPlace : this.symbolPlace)[i] = place;
  }

  /** @returns the prefixes, with arrays of its own */
  get prefixes(): number[] {
    return Array.from(this.nodes.subarray(0, this.count));
  }

  /** @returns score of the best alignment of either ending */
  best(i: number): number {
    return Math.max(this.blankBest[i]!, this.symbolBest[i]!);
  }

  /** @returns place of the best alignment of either ending */
  place(i: number): number {
    return this.blankBest[i]! >= this.symbolBest[i]! ? this.blankPlace[i]! : this.symbolPlace[i]!;
  }
}
