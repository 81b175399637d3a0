// Emissions that are whole in memory, read piece by piece, padded in a batch, or cut into windows.
import type { Emissions } from "../ctc/emissions.js";
import { AlignError } from "./align-error.js";

/** Emissions read on demand, rows of natural-log probabilities [frames, symbols]; the aligner reads every frame at least once, many of them twice. */
export interface EmissionSource {
  readonly frames: number;
  readonly symbols: number;
  /** Rows [start, end) as one array of (end - start) * symbols numbers; it may be reused after the call. */
  readonly read: (start: number, end: number) => Float32Array | Float64Array;
}

/** Gives both kinds one shape. @throws AlignError if the array is not frames times symbols long */
export function sourceOf(emissions: Emissions | EmissionSource): EmissionSource {
  const { frames, symbols } = emissions;
  if (!(Number.isInteger(frames) && frames > 0 && Number.isInteger(symbols) && symbols > 0)) {
    throw new AlignError(
      "bad-shape",
      `log-probabilities are [${frames}, ${symbols}]; expected at least one frame and symbol`,
    );
  }
  if ("read" in emissions) return emissions;
  const { data } = emissions;
  if (data.length !== frames * symbols) {
    throw new AlignError(
      "bad-shape",
      `log-probabilities have ${data.length} numbers; expected ${frames} frames times ${symbols} symbols`,
    );
  }
  return { frames, symbols, read: (start, end) => data.subarray(start * symbols, end * symbols) };
}

/** Cuts a padded batch into clips of their own lengths, without copying. */
export function splitBatch(batch: {
  /** [frameCounts.length, frames, symbols] */
  readonly data: Float32Array | Float64Array;
  readonly frames: number;
  readonly symbols: number;
  /** Valid frames of each row; the rest is padding. */
  readonly frameCounts: readonly number[];
}): Emissions[] {
  const { data, frames, symbols, frameCounts } = batch;
  if (data.length !== frameCounts.length * frames * symbols) {
    const shape = `[${frameCounts.length}, ${frames}, ${symbols}]`;
    throw new AlignError("bad-shape", `the batch has ${data.length} numbers; expected ${shape}`);
  }
  return frameCounts.map((count, row) => {
    if (!(count <= frames)) throw new AlignError("bad-shape", `row ${row} has ${count} frames of ${frames}`);
    const start = row * frames * symbols;
    return { data: data.subarray(start, start + count * symbols), frames: count, symbols };
  });
}

/** One piece of a long recording that was run through the model on its own. */
export interface EmissionWindow extends Emissions {
  /** Frame of the recording where the piece starts. */
  readonly firstFrame: number;
}

/**
 * Joins overlapping windows: each frame is taken from the window in which it lies farthest from an edge, where
 * the model has most context.
 *
 * @param windows in order of time, each reaching the next; equal numbers of symbols
 */
export function joinWindows(windows: readonly EmissionWindow[]): EmissionSource {
  const symbols = windows[0]?.symbols ?? 0;
  const cuts = windows.map((window, i) => {
    const before = windows[i - 1];
    const previousEnd = before ? before.firstFrame + before.frames : 0;
    const goesOn =
      before && window.firstFrame > before.firstFrame && window.firstFrame + window.frames >= previousEnd;
    const reaches = before ? goesOn : window.firstFrame === 0;
    if (!reaches || window.firstFrame > previousEnd || window.symbols !== symbols) {
      const expected = `expected a start after the window before it, not beyond frame ${previousEnd}, and ${symbols} symbols`;
      throw new AlignError(
        "bad-shape",
        `window ${i} starts at frame ${window.firstFrame} with ${window.symbols} symbols; ${expected}`,
      );
    }
    return before ? (window.firstFrame + previousEnd) >> 1 : 0;
  });
  const sources = windows.map(sourceOf);
  const last = windows.at(-1);
  const frames = last ? last.firstFrame + last.frames : 0;
  const read = (start: number, end: number) => {
    const rows = new Float64Array((end - start) * symbols);
    sources.forEach((source, i) => {
      const first = windows[i]!.firstFrame;
      const from = Math.max(start, cuts[i]!);
      const to = Math.min(end, cuts[i + 1] ?? frames, first + source.frames);
      if (from < to) rows.set(source.read(from - first, to - first), (from - start) * symbols);
    });
    return rows;
  };
  return { frames, symbols, read };
}
