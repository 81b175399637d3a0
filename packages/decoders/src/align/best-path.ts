// The best path through a lattice of any size in bounded memory: checkpoints forward, short pieces traced backward.
import { makeLattice, type Lattice } from "./lattice.js";
import type { KernelChoice } from "./kernels.js";
import type { RowReader } from "./rows.js";
import type { TargetLayout } from "./targets.js";

/** One search for the best path. */
export interface Search {
  readonly frames: number;
  readonly layout: TargetLayout;
  readonly reader: RowReader;
  /** [frames] see `suffixBounds`; null where nothing is given up. */
  readonly bounds: Float64Array | null;
  readonly beam: number;
  readonly lower: number;
  /** Bytes of moves that are kept without checkpoints. Default 16 MiB. */
  readonly directMoves?: number;
}

/** What a search found. */
export interface FoundPath {
  /** [frames] index of the target at each frame, -1 for a blank; null if no path is left. */
  readonly path: Int32Array | null;
  readonly score: number;
  /** The most that any path could have reached that was given up; not above `score` means: proven best. */
  readonly discarded: number;
}

/** Frames whose rows are in memory at once. */
const chunkFrames = 256;

/**
 * Finds the best path.
 *
 * A small lattice keeps how every column was reached. A large one keeps its state at the start of every block of
 * frames, then takes the blocks from the last to the first: within a block of F frames a path passes at most F
 * columns, so only that window is computed again, with its moves. With K blocks this needs
 * 16 · columns · K + (frames / K)² bytes; K is where the sum is least. Time is that of one pass and a few per cent.
 */
export function findBestPath(kernel: KernelChoice, search: Search): FoundPath {
  const { frames, layout, reader, directMoves = 1 << 24 } = search;
  const columns = (layout.length + 4) & ~3; // length + 1, padded
  const direct = frames * columns <= directMoves;
  const blocks = direct ? 1 : Math.max(2, Math.round(Math.cbrt(frames ** 2 / (8 * columns))));
  const blockFrames = Math.ceil(frames / blocks);
  const width = Math.min(columns, blockFrames + 8);
  const size = {
    columns,
    stride: reader.stride,
    blockFrames: Math.min(chunkFrames, frames),
    moveBytes: blockFrames * width,
  };
  const lattice = makeLattice(size, kernel.allocate);
  setTargets(lattice, layout);
  const advance = makeAdvance(kernel, lattice, search);

  const checkpoints: Checkpoint[] = [];
  for (let start = 0; start < frames; start += blockFrames) {
    if (!direct) checkpoints.push(save(lattice, start));
    advance(start, Math.min(frames, start + blockFrames), columns, direct ? { first: 0, width } : null);
  }
  const ends = [lattice.blanks[layout.length]!, lattice.labels[layout.length]!]; // labels are shifted by one
  const score = Math.max(...ends);
  const discarded = lattice.discarded[0]!;
  if (score === -Infinity) return { path: null, score, discarded };

  const path = new Int32Array(frames);
  let state: State =
    ends[1]! >= ends[0]!
      ? { column: layout.length - 1, isBlank: false }
      : { column: layout.length, isBlank: true };
  if (direct) trace(lattice, path, 0, frames, { first: 0, width }, state);
  for (const checkpoint of checkpoints.reverse()) {
    const { start } = checkpoint;
    const end = Math.min(frames, start + blockFrames);
    const first = Math.max(checkpoint.from, state.column - (end - start)) & ~3;
    restore(lattice, checkpoint, first);
    advance(start, end, state.column + 1, { first, width });
    state = trace(lattice, path, start, end, { first, width }, state);
  }
  return { path, score, discarded };
}

interface State {
  readonly column: number;
  readonly isBlank: boolean;
}

interface Window {
  readonly first: number;
  readonly width: number;
}

/** Writes the text into the lattice and puts the path's start before the first frame. */
function setTargets(lattice: Lattice, { length, order }: TargetLayout): void {
  lattice.offsets.fill((lattice.stride - 1) * 8); // padding has probability 0
  for (let i = 0; i < length; i++) {
    lattice.offsets[i] = (1 + order[i]!) * 8;
    if (i > 0 && order[i] === order[i - 1]) lattice.skips[i] = -Infinity;
  }
  lattice.blanks.fill(-Infinity);
  lattice.labels.fill(-Infinity);
  lattice.blanks[0] = 0;
  lattice.range.set([0, 0]); // every frame opens one more column
  lattice.discarded[0] = -Infinity;
}

/** Runs the kernel over frames [start, end), chunk by chunk. */
function makeAdvance(kernel: KernelChoice, lattice: Lattice, search: Search) {
  const run = kernel.bind(lattice.buffer);
  const { frames, layout, reader, bounds, beam, lower } = search;
  return (start: number, end: number, limit: number, window: Window | null) => {
    for (let at = start; at < end; at += chunkFrames) {
      const next = Math.min(end, at + chunkFrames);
      reader.read(lattice.rows, at, next);
      if (bounds) lattice.bounds.set(bounds.subarray(at, next));
      run(lattice, {
        frames: next - at,
        slack: frames - layout.length - at,
        limit: Math.min(limit, layout.length + 1),
        beam,
        lower,
        moves: window && { first: window.first - (at - start) * window.width, width: window.width },
      });
    }
  };
}

/** The state of the active columns before a frame, whole groups of 4 as the kernel works on them. */
interface Checkpoint {
  readonly start: number;
  readonly low: number;
  readonly high: number;
  readonly from: number;
  readonly blanks: Float64Array;
  readonly labels: Float64Array;
}

function save({ blanks, labels, range }: Lattice, start: number): Checkpoint {
  const [low, high] = [range[0]!, range[1]!];
  const [from, to] = [low & ~3, Math.max(4, (high + 3) & ~3)];
  return { start, low, high, from, blanks: blanks.slice(from, to), labels: labels.slice(from + 1, to + 1) };
}

/** Puts a checkpoint back from column `first` on; columns before it cannot be on the path that is traced. */
function restore(lattice: Lattice, checkpoint: Checkpoint, first: number): void {
  const { from, low, high, blanks, labels } = checkpoint;
  lattice.blanks.fill(-Infinity);
  lattice.labels.fill(-Infinity);
  lattice.blanks.set(blanks.subarray(first - from), first);
  lattice.labels.set(labels.subarray(first - from), first + 1);
  lattice.range.set([Math.max(low, first), Math.max(high, first)]);
}

/** Follows the moves from the state at `end` to the one before `start`. */
function trace(
  lattice: Lattice,
  path: Int32Array,
  start: number,
  end: number,
  window: Window,
  last: State,
): State {
  const { moves } = lattice;
  let { column, isBlank } = last;
  for (let frame = end - 1; frame >= start; frame--) {
    path[frame] = isBlank ? -1 : column;
    const move = moves[(frame - start) * window.width + column - window.first]!;
    if (isBlank) {
      isBlank = (move & 4) === 0;
      if (!isBlank) column--;
    } else if ((move & 3) === 1) isBlank = true;
    else if ((move & 3) === 2) column--;
  }
  return { column, isBlank };
}
