// When each symbol was probably entered and left: forward-backward in pieces along the best path, for any length.
import { forwardBackward } from "./forward-backward.js";
import type { Emissions } from "../ctc/emissions.js";
import { sourceOf, type EmissionSource } from "./emission-source.js";
import { makeRowReader } from "./rows.js";
import type { AlignedSpan } from "./spans.js";
import { layOutTargets, type StarPolicy } from "./targets.js";

/** The two curves of one symbol over the frames around it; both rise from 0 to 1. */
export interface SymbolCurve {
  readonly target: number;
  /** Frame of the first entry of the curves; before it both are 0, after the last both are 1. */
  readonly firstFrame: number;
  /** Probability that at frame `firstFrame + i` the symbol has begun. */
  readonly entered: Float64Array;
  /** Probability that at frame `firstFrame + i` the symbol is over. `entered - left` is its posterior. */
  readonly left: Float64Array;
}

/** Frames beyond a piece on both sides, so that its ends are free to move. */
const margin = 64;
/** Frames of targets that make a piece. */
const pieceFrames = 256;
/** Below this, and above one minus this, a curve counts as 0 and 1. */
const negligible = 1e-9;

/**
 * Computes the curves of all targets. Texts of more than a few hundred frames are done in overlapping pieces whose
 * outer ends are held on the best path; inside, the posteriors are those of all paths.
 *
 * @param spans of the best path, from `align` with the same log-probabilities, targets and options
 */
export function symbolCurves(
  emissions: Emissions | EmissionSource,
  targets: ArrayLike<number>,
  spans: readonly AlignedSpan[],
  { blank = 0, star = "best" }: { readonly blank?: number; readonly star?: StarPolicy } = {},
): SymbolCurve[] {
  const source = sourceOf(emissions);
  const said = spans.map(({ target }) => targets[target]!); // what was left out is on no path here
  return piecesOf(spans, source.frames).flatMap(({ start, end, from, to, core }) => {
    const layout = layOutTargets(said.slice(from, to), {
      frames: end - start,
      symbols: source.symbols,
      blank,
    });
    const { stride, read } = makeRowReader(source, layout, blank, star);
    const frames = end - start;
    const rows = new Float64Array(frames * stride);
    read(rows, start, end);
    const count = core.to - core.from;
    const entered = Array.from({ length: count }, () => new Float64Array(frames));
    const left = Array.from({ length: count }, () => new Float64Array(frames));
    forwardBackward({ rows, stride, frames, layout }, (frame, posteriors) => {
      let beyond = 0; // probability of the states after the one at hand
      for (let target = to - 1, s = posteriors.length - 1; target >= core.from; target--, s -= 2) {
        beyond += posteriors[s]!;
        if (target < core.to) left[target - core.from]![frame] = Math.min(1, beyond);
        beyond += posteriors[s - 1]!;
        if (target < core.to) entered[target - core.from]![frame] = Math.min(1, beyond);
      }
    });
    return entered.map((curve, i) => trim(spans[core.from + i]!.target, start, curve, left[i]!));
  });
}

interface Piece {
  /** Frames, margins included. */
  readonly start: number;
  readonly end: number;
  /** Spans that the best path has in these frames, by index. */
  readonly from: number;
  readonly to: number;
  /** Spans whose curves the piece gives. */
  readonly core: { readonly from: number; readonly to: number };
}

/** Groups targets that lie together, and surrounds each group with frames and their targets. */
function piecesOf(spans: readonly AlignedSpan[], frames: number): Piece[] {
  const pieces: Piece[] = [];
  for (let first = 0, last; first < spans.length; first = last) {
    const began = spans[first]!.start;
    last = first + 1;
    while (last < spans.length && spans[last]!.end - began <= pieceFrames) last++;
    let [from, to] = [first, last];
    const low = Math.max(0, began - margin);
    const high = Math.min(frames, spans[last - 1]!.end + margin);
    while (from > 0 && spans[from - 1]!.end > low) from--;
    while (to < spans.length && spans[to]!.start < high) to++;
    pieces.push({ start: low, end: high, from, to, core: { from: first, to: last } });
  }
  return pieces;
}

function trim(target: number, start: number, entered: Float64Array, left: Float64Array): SymbolCurve {
  let from = 0;
  let to = left.length;
  while (from < to - 1 && entered[from]! < negligible) from++;
  while (to > from + 1 && left[to - 1]! > 1 - negligible) to--;
  return { target, firstFrame: start + from, entered: entered.slice(from, to), left: left.slice(from, to) };
}
