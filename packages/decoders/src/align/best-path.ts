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
 * Where optional text lets a path pass more columns, a block that needs too many moves is divided once more.
 */
export function findBestPath(kernel: KernelChoice, search: Search): FoundPath {
  const { frames, layout, reader, directMoves = 1 << 24 } = search;
  const columns = (layout.length + 4) & ~3; // length + 1, padded
  const direct = frames * columns <= directMoves;
  const blocks = direct ? 1 : Math.max(2, Math.round(Math.cbrt(frames ** 2 / (8 * columns))));
  const blockFrames = Math.ceil(frames / blocks);
  const lattice = makeLattice(
    {
      columns,
      stride: reader.stride,
      blockFrames: Math.min(chunkFrames, frames),
      arcCount: layout.optional.length,
      moveBytes: blockFrames * Math.min(columns, blockFrames + 8),
    },
    kernel.allocate,
  );
  setTargets(lattice, layout);
  const advance = makeAdvance(kernel, lattice, search);
  const path = new Int32Array(frames);

  /** Keeps the state before every block of frames [start, end) while it moves over them. */
  const sweep = (start: number, end: number, size: number, limit: number): Checkpoint[] => {
    const checkpoints: Checkpoint[] = [];
    for (let at = start; at < end; at += size) {
      checkpoints.push(save(lattice, at));
      advance(at, Math.min(end, at + size), limit, null);
    }
    return checkpoints;
  };
  /** Writes the path from a checkpoint to `end`, where it is in `last`; returns its state before the checkpoint. */
  const traceBlock = (checkpoint: Checkpoint, end: number, last: State): State => {
    const { start } = checkpoint;
    const earliest = layout.optional.length > 0 ? 0 : last.column - (end - start);
    const first = Math.max(checkpoint.from, earliest) & ~3;
    const width = (last.column + 4 - first) & ~3;
    restore(lattice, checkpoint, first);
    if ((end - start) * width <= lattice.moves.length || end - start === 1) {
      advance(start, end, last.column + 1, { first, width });
      return trace(lattice, path, start, end, { first, width }, last);
    }
    const size = Math.max(1, Math.floor(lattice.moves.length / width));
    let state = last;
    for (const inner of sweep(start, end, size, last.column + 1).reverse()) {
      state = traceBlock(inner, Math.min(end, inner.start + size), state);
    }
    return state;
  };

  const window = { first: 0, width: columns };
  const checkpoints = direct ? [] : sweep(0, frames, blockFrames, columns);
  if (direct) advance(0, frames, columns, window);
  const ends = [lattice.blanks[layout.length]!, lattice.labels[layout.length]!]; // labels are shifted by one
  const score = Math.max(...ends);
  const discarded = lattice.discarded[0]!;
  if (score === -Infinity) return { path: null, score, discarded };
  const isBlank = ends[0]! > ends[1]!;
  let state: State = { column: isBlank ? layout.length : layout.length - 1, isBlank };
  if (direct) trace(lattice, path, 0, frames, window, state);
  for (const checkpoint of checkpoints.reverse()) {
    state = traceBlock(checkpoint, Math.min(frames, checkpoint.start + blockFrames), state);
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
function setTargets(lattice: Lattice, { length, order, optional }: TargetLayout): void {
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
  lattice.arcs.set(optional.flatMap(({ from, to }) => [from, to]));
  lattice.arcCosts.set(optional.map(({ logProb }) => logProb));
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
        slack: (layout.optional.length > 0 ? frames : frames - layout.length + 1) - at,
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
  const { moves, arcs } = lattice;
  const sources = new Map<number, number>();
  for (let i = 0; i < arcs.length; i += 2) sources.set(arcs[i + 1]!, arcs[i]!);
  let { column, isBlank } = last;
  for (let frame = end - 1; frame >= start; frame--) {
    path[frame] = isBlank ? -1 : column;
    const row = (frame - start) * window.width - window.first;
    while (isBlank && (moves[row + column]! & 8) !== 0) column = sources.get(column)!; // every such column ends an arc
    const move = moves[row + column]!;
    if (isBlank) {
      isBlank = (move & 4) === 0;
      if (!isBlank) column--;
    } else if ((move & 3) === 1) isBlank = true;
    else if ((move & 3) === 2) column--;
  }
  return { column, isBlank };
}
