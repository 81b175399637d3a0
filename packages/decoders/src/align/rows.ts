// The part of the log-probabilities that a text needs: per frame the blank, its own symbols, and its star.
import { AlignError } from "./align-error.js";
import type { EmissionSource } from "./emission-source.js";
import { STAR, type StarPolicy, type TargetLayout } from "./targets.js";

/** Reads frames into rows of [blank, ...layout.symbols, -Infinity]. */
export interface RowReader {
  readonly stride: number;
  /** Fills `rows` with frames [start, end). @throws AlignError if a number is NaN or +Infinity */
  readonly read: (rows: Float64Array, start: number, end: number) => void;
}

/** Makes the reader of one alignment's rows. */
export function makeRowReader(
  source: EmissionSource,
  layout: TargetLayout,
  blank: number,
  star: StarPolicy,
): RowReader {
  const { symbols } = source;
  const columns = Int32Array.from([blank, ...layout.symbols]);
  const starAt = columns.indexOf(STAR);
  const stride = columns.length + 1;
  const read = (rows: Float64Array, start: number, end: number) => {
    const data = source.read(start, end);
    if (data.length !== (end - start) * symbols) {
      const expected = `expected ${end - start} frames times ${symbols} symbols`;
      throw new AlignError("bad-shape", `frames ${start} to ${end} have ${data.length} numbers; ${expected}`);
    }
    requireLogProbs(data, start, symbols);
    for (let frame = 0; frame < end - start; frame++) {
      const from = frame * symbols;
      const to = frame * stride;
      for (let i = 0; i < columns.length; i++) rows[to + i] = data[from + columns[i]!]!;
      if (starAt >= 0) rows[to + starAt] = starValue(data, from, symbols, blank, star);
      rows[to + stride - 1] = -Infinity;
    }
  };
  return { stride, read };
}

function requireLogProbs(data: Float32Array | Float64Array, firstFrame: number, symbols: number): void {
  for (let i = 0; i < data.length; i++) {
    if (data[i]! < Infinity) continue;
    const frame = firstFrame + Math.floor(i / symbols);
    const detail = `frame ${frame}, symbol ${i % symbols} is ${data[i]}; expected a log-probability; check the model's output`;
    throw new AlignError("not-a-number", detail, frame);
  }
}

function starValue(
  data: Float32Array | Float64Array,
  from: number,
  symbols: number,
  blank: number,
  star: StarPolicy,
) {
  if (star === "certain") return 0;
  let best = -Infinity;
  for (let i = 0; i < symbols; i++) {
    if (data[from + i]! > best && (star === "best" || i !== blank)) best = data[from + i]!;
  }
  return best;
}

/**
 * For every frame, the most that all frames after it can add to a path: the sum of their best values.
 *
 * @throws AlignError if a frame allows nothing that the text needs
 */
export function suffixBounds({ stride, read }: RowReader, frames: number): Float64Array {
  const chunk = 256;
  const rows = new Float64Array(chunk * stride);
  const bounds = new Float64Array(frames);
  let sum = 0;
  for (let end = frames; end > 0; end -= chunk) {
    const start = Math.max(0, end - chunk);
    read(rows, start, end);
    for (let frame = end - 1; frame >= start; frame--) {
      bounds[frame] = sum;
      let best = -Infinity;
      for (let i = (frame - start) * stride; i < (frame - start + 1) * stride; i++)
        best = Math.max(best, rows[i]!);
      if (best === -Infinity) throw impossible(frame);
      sum += best;
    }
  }
  return bounds;
}

/** The error for a text that no path of finite probability spells. */
export const impossible = (frame?: number): AlignError =>
  new AlignError(
    "impossible",
    frame === undefined
      ? "every path that spells the text has probability 0; expected at least one; check symbol ids and -Infinity entries"
      : `frame ${frame} gives probability 0 to the blank and to every symbol of the text; check symbol ids and -Infinity entries`,
    frame,
  );
