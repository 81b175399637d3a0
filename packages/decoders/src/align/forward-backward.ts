// Forward-backward over the CTC topology: how probable each state is at each frame, over all paths that spell a text.
import type { Emissions } from "../ctc/emissions.js";
import { sourceOf, type EmissionSource } from "./emission-source.js";
import { impossible, makeRowReader } from "./rows.js";
import { layOutTargets, type StarPolicy, type TargetLayout } from "./targets.js";

/** How probable the states of a text are at each frame, given that the text was said. */
export interface StateOccupancy {
  /** Log-probability of the text: the sum over all its paths. */
  readonly logLikelihood: number;
  /** [frames, 2 * length + 1] posteriors; state 2i is the blank before target i, state 2i + 1 is target i. */
  readonly states: Float64Array;
}

/**
 * Computes the posterior of every state at every frame, in float64. Memory is two numbers per frame and state: for
 * long recordings use `symbolCurves`.
 *
 * @throws AlignError as `align` does
 * @see Graves et al. 2006, section 4.1
 */
export function stateOccupancy(
  emissions: Emissions | EmissionSource,
  targets: ArrayLike<number>,
  { blank = 0, star = "best" }: { readonly blank?: number; readonly star?: StarPolicy } = {},
): StateOccupancy {
  const source = sourceOf(emissions);
  const { frames } = source;
  const layout = layOutTargets(targets, { frames, symbols: source.symbols, blank });
  const { stride, read } = makeRowReader(source, layout, blank, star);
  const rows = new Float64Array(frames * stride);
  read(rows, 0, frames);
  const width = 2 * layout.length + 1;
  const states = new Float64Array(frames * width);
  const logLikelihood = forwardBackward({ rows, stride, frames, layout }, (frame, posteriors) =>
    states.set(posteriors, frame * width),
  );
  return { logLikelihood, states };
}

/** Rows as `makeRowReader` fills them, with the text they were made for. */
export interface ForwardBackwardInput {
  readonly rows: Float64Array;
  readonly stride: number;
  readonly frames: number;
  readonly layout: TargetLayout;
}

/**
 * Runs forward, then backward, and hands out the state posteriors of each frame, from the last frame to the first.
 *
 * @param onFrame its array is reused between calls
 * @returns log-likelihood of the text
 * @throws AlignError if it is -Infinity
 */
export function forwardBackward(
  { rows, stride, frames, layout }: ForwardBackwardInput,
  onFrame: (frame: number, posteriors: Float64Array) => void,
): number {
  const width = 2 * layout.length + 1;
  const { order } = layout;
  const column = Int32Array.from({ length: width }, (_, s) => (s & 1 ? 1 + order[s >> 1]! : 0));
  /** 1 where target state s may follow s - 2 directly. */
  const skips = Uint8Array.from({ length: width + 2 }, (_, s) =>
    s > 1 && s < width && (s & 1) === 1 && order[s >> 1] !== order[(s >> 1) - 1] ? 1 : 0,
  );

  const forward = new Float64Array(frames * width).fill(-Infinity);
  for (let s = 0; s < Math.min(2, width); s++) forward[s] = rows[column[s]!]!;
  for (let frame = 1; frame < frames; frame++) {
    const row = frame * width;
    const [first, last] = reachable(frame, frames, width);
    for (let s = first; s <= last; s++) {
      const before = row - width + s;
      const step = s > 0 ? forward[before - 1]! : -Infinity;
      const skip = skips[s] ? forward[before - 2]! : -Infinity;
      forward[row + s] = addLogs(forward[before]!, step, skip) + rows[frame * stride + column[s]!]!;
    }
  }
  const end = frames * width;
  const logLikelihood = addLogs(forward[end - 1]!, width > 1 ? forward[end - 2]! : -Infinity, -Infinity);
  if (logLikelihood === -Infinity) throw impossible();

  const backward = new Float64Array(width + 2).fill(-Infinity); // what frames after this one add; two states of padding
  const posteriors = new Float64Array(width);
  backward[width - 1] = 0;
  if (width > 1) backward[width - 2] = 0;
  for (let frame = frames - 1; frame >= 0; frame--) {
    for (let s = 0; s < width; s++)
      posteriors[s] = Math.exp(forward[frame * width + s]! + backward[s]! - logLikelihood);
    onFrame(frame, posteriors);
    if (frame === 0) break;
    const [first, last] = reachable(frame - 1, frames, width);
    for (let s = first; s < width; s++) backward[s] = backward[s]! + rows[frame * stride + column[s]!]!;
    for (let s = first; s <= last; s++) {
      backward[s] = addLogs(backward[s]!, backward[s + 1]!, skips[s + 2] ? backward[s + 2]! : -Infinity);
    }
    backward.fill(-Infinity, last + 1); // no path is there yet at the frame before
  }
  return logLikelihood;
}

/** First and last state that a path can be in: two states a frame from the start, and to the end. */
const reachable = (frame: number, frames: number, width: number): [number, number] => [
  Math.max(0, width - 2 * (frames - frame)),
  Math.min(width - 1, 2 * frame + 1),
];

/** log(e^a + e^b + e^c) without overflow. */
function addLogs(a: number, b: number, c: number): number {
  let [most, x, y] = [a, b, c];
  if (b > most) [most, x] = [b, a];
  if (c > most) [most, y] = [c, most];
  if (most === -Infinity) return -Infinity;
  return (
    most + Math.log1p((x === -Infinity ? 0 : Math.exp(x - most)) + (y === -Infinity ? 0 : Math.exp(y - most)))
  );
}
