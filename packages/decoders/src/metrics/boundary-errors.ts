// How far times are from marks made by hand.
import { alignEdits } from "./align-edits.js";

/** Text with a start and an end in seconds, as TimedWord has. */
export interface Marked {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Distances of one kind of boundary, in seconds. */
export interface BoundaryErrors {
  readonly count: number;
  readonly meanAbsolute: number;
  readonly medianAbsolute: number;
  /** Mean of hypothesis minus reference: above 0 means late. */
  readonly bias: number;
  /** Share of boundaries within so many milliseconds, the limit included. */
  readonly within: Readonly<Record<10 | 25 | 50 | 100, number>>;
}

/** Signed boundary differences in seconds, hypothesis minus reference, of the words both sides have. */
export interface BoundaryDifferences {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Words of the reference without a partner of the same text. */
  readonly unmatched: number;
}

/** Pairs words of equal text, in order, and takes the differences of their times. */
export function boundaryDifferences(
  reference: readonly Marked[],
  hypothesis: readonly Marked[],
): BoundaryDifferences {
  const texts = (words: readonly Marked[]) => words.map(({ text }) => text);
  const hits = alignEdits(texts(reference), texts(hypothesis)).flatMap((edit) =>
    edit.type === "hit" ? [[reference[edit.reference]!, hypothesis[edit.hypothesis]!] as const] : [],
  );
  const differences = (side: "start" | "end") => hits.map(([marked, found]) => found[side] - marked[side]);
  return {
    starts: differences("start"),
    ends: differences("end"),
    unmatched: reference.length - hits.length,
  };
}

/** Summarises signed differences in seconds; every mean is NaN without any. */
export function boundaryErrors(differences: readonly number[]): BoundaryErrors {
  const count = differences.length;
  const distances = differences.map(Math.abs).sort((a, b) => a - b);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / count;
  const half = count >> 1;
  const median = count % 2 === 1 ? distances[half]! : (distances[half - 1]! + distances[half]!) / 2;
  const share = (milliseconds: number) =>
    distances.filter((distance) => distance * 1000 <= milliseconds + 1e-6).length / count; // 0.05 s is within 50 ms
  return {
    count,
    meanAbsolute: mean(distances),
    medianAbsolute: count === 0 ? NaN : median,
    bias: mean(differences),
    within: { 10: share(10), 25: share(25), 50: share(50), 100: share(100) },
  };
}
