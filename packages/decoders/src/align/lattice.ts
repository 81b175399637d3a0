// The memory that the kernels work in: one buffer, the same arrays for TypeScript and WebAssembly.

/**
 * State of an alignment while it moves from frame to frame. A text of L symbols has L + 1 columns: column i holds
 * the blank before symbol i and symbol i itself; the last has only the blank after the text.
 */
export interface Lattice {
  readonly buffer: ArrayBuffer | WebAssembly.Memory;
  /** Columns, padded to a multiple of 4. */
  readonly columns: number;
  /** [columns] best log-probability of a path that ends in the blank before symbol i. */
  readonly blanks: Float64Array;
  /** [columns + 1] the same for symbol i, at index i + 1; index 0 stays -Infinity. */
  readonly labels: Float64Array;
  /** [columns] 0 where symbol i may follow symbol i - 1 without a blank, -Infinity where they are equal. */
  readonly skips: Float64Array;
  /** [columns] byte offset of symbol i in a row. */
  readonly offsets: Uint32Array;
  /** [blockFrames, stride] log-probabilities: the blank, the text's distinct symbols, and -Infinity for padding. */
  readonly rows: Float64Array;
  readonly stride: number;
  /** [blockFrames] the most that the frames after this one can add to any path. */
  readonly bounds: Float64Array;
  /** [arcs, 2] columns whose blanks an arc joins: from before optional text to after it, in order, not overlapping. */
  readonly arcs: Int32Array;
  /** [arcs] log-probability of leaving that text out, at most 0. */
  readonly arcCosts: Float64Array;
  /** [2] first active column, and the end of the active columns. */
  readonly range: Int32Array;
  /** [1] the most that any path could have reached that was given up. */
  readonly discarded: Float64Array;
  /** [moveBytes] how each column was reached: 0 stayed, 1 from its blank, 2 skipped its blank; +4: blank left a symbol, +8: blank by an arc. */
  readonly moves: Uint8Array;
}

/** What one call of a kernel does. */
export interface Advance {
  readonly frames: number;
  /** Column i is too far from the end, and is closed, before frame `slack + i + 1`. */
  readonly slack: number;
  /** No column at or beyond this one is entered. */
  readonly limit: number;
  /** Columns at the ends of the active range this far below the frame's best are given up. */
  readonly beam: number;
  /** Columns at the ends that cannot reach this total any more are given up. */
  readonly lower: number;
  /** Where `moves` of the first frame lie: the first column of a row of `width`; null keeps no moves. */
  readonly moves: { readonly first: number; readonly width: number } | null;
}

/** Moves the lattice over `frames` rows. */
export type Kernel = (lattice: Lattice, step: Advance) => void;

/** Sizes that a lattice is made for. */
export interface LatticeSize {
  readonly columns: number;
  readonly stride: number;
  readonly blockFrames: number;
  readonly arcCount: number;
  readonly moveBytes: number;
}

/** Lays the arrays out; `allocate` gives a zeroed buffer of at least so many bytes. */
export function makeLattice(
  size: LatticeSize,
  allocate: (bytes: number) => ArrayBuffer | WebAssembly.Memory,
): Lattice {
  const columns = (size.columns + 3) & ~3;
  const { stride, blockFrames, arcCount, moveBytes } = size;
  const doubles = [columns, columns + 1, columns, blockFrames * stride, blockFrames, 1, arcCount];
  const doubleBytes = doubles.reduce((sum, length) => sum + length, 0) * 8;
  const base = 16; // address 0 stands for "no moves"
  const holder = allocate(base + doubleBytes + columns * 4 + 8 + arcCount * 8 + moveBytes);
  const buffer = holder instanceof ArrayBuffer ? holder : holder.buffer;
  let at = base;
  const take = (length: number) => {
    const array = new Float64Array(buffer, at, length);
    at += length * 8;
    return array;
  };
  const [blanks, labels, skips, rows, bounds, discarded, arcCosts] = doubles.map(take) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]; // one for each entry of `doubles`
  const offsets = new Uint32Array(buffer, at, columns);
  const range = new Int32Array(buffer, at + columns * 4, 2);
  const arcs = new Int32Array(buffer, at + columns * 4 + 8, arcCount * 2);
  const moves = new Uint8Array(buffer, at + columns * 4 + 8 + arcCount * 8, moveBytes);
  const rest = { rows, stride, bounds, arcs, arcCosts, range, discarded, moves };
  return { buffer: holder, columns, blanks, labels, skips, offsets, ...rest };
}
