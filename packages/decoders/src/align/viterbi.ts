// The inner loop of CTC alignment: the best way into every column, frame by frame. The WebAssembly kernel does the same.
import type { Advance, Kernel, Lattice } from "./lattice.js";

/**
 * Moves a lattice over some frames in plain TypeScript: the fallback, and the truth for the WebAssembly kernel,
 * which must give the same bits.
 *
 * With b the blank before a symbol and a the symbol, at every frame
 *   b[i] = blank + max(b[i], a[i-1])
 *   a[i] = p[i]  + max(a[i], b[i], a[i-1] if the symbols differ)
 * and, within the frame, b[to] = max(b[to], b[from] + cost) for every arc over text that may be left out.
 * On a tie staying wins over stepping, and stepping over skipping, so the total is the best in any case.
 *
 * @see Graves et al. 2006, "Connectionist temporal classification", section 4.1 for the topology
 */
export const advanceInTypeScript: Kernel = (lattice, step) => {
  const { blanks, labels, range, discarded, bounds } = lattice;
  let low = range[0]!;
  let high = range[1]!;
  const stateAt = (i: number) => Math.max(blanks[i]!, labels[i + 1]!);
  const clear = (i: number) => (blanks[i] = labels[i + 1] = -Infinity);
  for (let frame = 0; frame < step.frames; frame++) {
    high = Math.min(high + 1, step.limit);
    for (; low < Math.min(frame - step.slack, high); low++) clear(low); // too far from the end by now
    const best = updateFrame(lattice, step, frame, low & ~3, (high + 3) & ~3);
    high = followArcs(lattice, step, frame, low, high);
    const bound = bounds[frame]!;
    const floor = Math.max(best - step.beam, step.lower - bound);
    const giveUp = (i: number) => {
      discarded[0] = Math.max(discarded[0]!, stateAt(i) + bound);
      clear(i);
    };
    for (; low < high && stateAt(low) < floor; low++) giveUp(low);
    for (; high > low && stateAt(high - 1) < floor; high--) giveUp(high - 1);
  }
  range[0] = low;
  range[1] = high;
};

/** Updates columns [from, to) in place, the last first, because each needs its left neighbour's old value. */
function updateFrame(lattice: Lattice, step: Advance, frame: number, from: number, to: number): number {
  const { blanks, labels, skips, offsets, rows, moves } = lattice;
  const row = frame * lattice.stride;
  const blank = rows[row]!;
  const moveRow = step.moves ? frame * step.moves.width - step.moves.first : 0;
  let best = -Infinity;
  for (let i = to - 1; i >= from; i--) {
    const b = blanks[i]!;
    const a = labels[i + 1]!;
    const p = labels[i]!;
    const skipped = p + skips[i]!;
    const own = b > a ? b : a;
    const newBlank = (p > b ? p : b) + blank;
    const newLabel = (skipped > own ? skipped : own) + rows[row + (offsets[i]! >> 3)]!;
    blanks[i] = newBlank;
    labels[i + 1] = newLabel;
    if (newBlank > best) best = newBlank;
    if (newLabel > best) best = newLabel;
    if (step.moves) moves[moveRow + i] = (skipped > own ? 2 : b > a ? 1 : 0) | (p > b ? 4 : 0);
  }
  return best;
}

/** Lets paths leave out optional text; returns the end of the active columns, which an arc may move. */
function followArcs(lattice: Lattice, step: Advance, frame: number, low: number, high: number): number {
  const { blanks, arcs, arcCosts, moves } = lattice;
  const moveRow = step.moves ? frame * step.moves.width - step.moves.first : 0;
  const updated = (high + 3) & ~3;
  let end = high;
  for (let k = 0; k < arcCosts.length; k++) {
    const source = arcs[2 * k]!;
    const target = arcs[2 * k + 1]!;
    if (source < low) continue;
    if (source >= end || target >= step.limit) break;
    const value = blanks[source]! + arcCosts[k]!;
    if (!(value > blanks[target]!)) continue;
    blanks[target] = value;
    if (step.moves) moves[moveRow + target] = target < updated ? moves[moveRow + target]! | 8 : 8;
    end = Math.max(end, target + 1);
  }
  return end;
}
