// From an alignment to times: several ways to say when a symbol starts and ends, all in fractions of frames.
import type { Emissions } from "../ctc/emissions.js";
import type { AlignedSpan } from "./spans.js";
import type { SymbolCurve } from "./symbol-curves.js";

/** When one target was said, in frames; frame i lasts from i to i + 1. */
export interface SymbolTimes {
  readonly target: number;
  readonly start: number;
  readonly end: number;
}

/** The frames of the best path, as they are. */
export const timesOfPath = (spans: readonly AlignedSpan[]): SymbolTimes[] =>
  spans.map(({ target, start, end }) => ({ target, start, end }));

/** Expected start and end over all paths: the mean over their probability. */
export function expectedTimes(curves: readonly SymbolCurve[]): SymbolTimes[] {
  const mean = (first: number, curve: Float64Array) => curve.reduce((sum, value) => sum + 1 - value, first);
  return curves.map(({ target, firstFrame, entered, left }) => ({
    target,
    start: mean(firstFrame, entered),
    end: mean(firstFrame, left),
  }));
}

/**
 * The moments when start and end have happened with a given probability: 0.5 is the median; a smaller `start` is
 * earlier, a larger `end` later. Between frames the curve is taken as straight, its value at a frame's middle.
 */
export function quantileTimes(
  curves: readonly SymbolCurve[],
  { start = 0.5, end = 0.5 }: { readonly start?: number; readonly end?: number } = {},
): SymbolTimes[] {
  for (const [name, value] of Object.entries({ start, end })) {
    if (!(value > 0 && value < 1))
      throw new RangeError(`quantileTimes: ${name} is ${value}; expected between 0 and 1`);
  }
  return curves.map(({ target, firstFrame, entered, left }) => {
    const begin = crossing(firstFrame, entered, start);
    return { target, start: begin, end: Math.max(begin, crossing(firstFrame, left, end)) };
  });
}

/** Where a rising curve of frame values crosses a level; 0 before the curve, 1 after it. */
function crossing(firstFrame: number, curve: Float64Array, level: number): number {
  let i = 0;
  while (i < curve.length && curve[i]! < level) i++;
  const before = i > 0 ? curve[i - 1]! : 0;
  const after = i < curve.length ? curve[i]! : 1;
  return firstFrame + i - 0.5 + (level - before) / (after - before);
}

/**
 * Moves the edges of the best path's spans to where the symbol's probability crosses that of its neighbour on the
 * path, at most half a frame either way.
 *
 * @param path [frames] target per frame, -1 for a blank
 * @param targets the aligned ids; edges of a STAR stay where they are
 */
export function interpolateTimes(
  { data, frames, symbols }: Emissions,
  targets: ArrayLike<number>,
  { path, spans }: { readonly path: Int32Array; readonly spans: readonly AlignedSpan[] },
  blank = 0,
): SymbolTimes[] {
  const idAt = (frame: number) => (path[frame]! < 0 ? blank : targets[path[frame]!]!);
  /** Edge between frame - 1 and frame. */
  const edge = (frame: number) => {
    if (frame === 0 || frame === frames) return frame;
    const [before, after] = [idAt(frame - 1), idAt(frame)];
    if (before < 0 || after < 0) return frame;
    const gain = (at: number) => data[at * symbols + after]! - data[at * symbols + before]!;
    const [low, high] = [gain(frame - 1), gain(frame)];
    if (!(low <= 0 && high >= 0 && high > low && high - low < Infinity)) return frame; // the path was forced here
    return frame - 0.5 - low / (high - low);
  };
  return spans.map(({ target, start, end }) => ({ target, start: edge(start), end: edge(end) }));
}

/**
 * Moves all starts and all ends by a constant, e.g. one fitted on marked recordings; neighbours meet, never cross.
 *
 * @param shift frames to add, negative for earlier
 * @param frames length of the recording
 */
export function shiftTimes(
  times: readonly SymbolTimes[],
  shift: { readonly start: number; readonly end: number },
  frames: number,
): SymbolTimes[] {
  const moved = times.map(({ target, start, end }) => ({
    target,
    start: Math.min(Math.max(0, start + shift.start), frames),
    end: Math.min(Math.max(0, end + shift.end), frames),
  }));
  moved.forEach((span, i) => {
    if (span.end < span.start) span.start = span.end = (span.start + span.end) / 2;
    const before = moved[i - 1];
    if (before && before.end > span.start) {
      const [a, b] = [times[i - 1]!.end, times[i]!.start];
      const over = before.end - span.start;
      const [byEnd, byStart] = [Math.max(0, before.end - a), Math.max(0, b - span.start)];
      const share = byEnd + byStart > 0 ? byEnd / (byEnd + byStart) : 0.5; // each gives back what it took
      const meet = Math.min(Math.max(before.start, before.end - share * over), span.end);
      before.end = meet;
      span.start = meet;
    }
  });
  return moved;
}

/** The constant that takes most of the error away: the median of hypothesis minus reference, with its sign turned. */
export function fitShift(differences: readonly number[]): number {
  if (differences.length === 0) throw new RangeError("fitShift: no differences; expected at least one");
  const sorted = [...differences].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return -(sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2);
}
