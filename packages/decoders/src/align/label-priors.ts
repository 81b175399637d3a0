// Label priors: a CTC model says "blank" nearly always; dividing by how often it says each symbol makes peaks wider.
import type { Emissions } from "../ctc/emissions.js";
import { sourceOf, type EmissionSource } from "./emission-source.js";

/**
 * Estimates how often a model says each symbol: the log of the mean probability over all frames.
 *
 * @returns [symbols] log-priors; -Infinity for a symbol that was never possible
 */
export function labelPriors(clips: readonly (Emissions | EmissionSource)[]): Float64Array {
  const symbols = clips[0]?.symbols ?? 0;
  const sums = new Float64Array(symbols);
  let frames = 0;
  for (const clip of clips.map(sourceOf)) {
    if (clip.symbols !== symbols) {
      throw new RangeError(
        `labelPriors: a clip has ${clip.symbols} symbols, the first has ${symbols}; expected equal numbers`,
      );
    }
    for (let start = 0; start < clip.frames; start += 256) {
      const data = clip.read(start, Math.min(clip.frames, start + 256));
      for (let i = 0; i < data.length; i++) sums[i % symbols] = sums[i % symbols]! + Math.exp(data[i]!);
    }
    frames += clip.frames;
  }
  return sums.map((sum) => Math.log(sum / frames));
}

/**
 * Divides probabilities by priors to a power and normalises each frame again.
 *
 * @param priors [symbols] log-priors; a symbol with prior 0 keeps its probability
 * @param weight 0 changes nothing, 1 divides fully
 * @see Huang et al. 2024, "Less Peaky and More Accurate CTC Forced Alignment by Label Priors", arXiv 2406.02560
 */
export function divideByPriors(
  emissions: Emissions | EmissionSource,
  priors: Float64Array,
  weight: number,
): EmissionSource {
  const source = sourceOf(emissions);
  const { frames, symbols } = source;
  if (priors.length !== symbols) {
    throw new RangeError(
      `divideByPriors: ${priors.length} priors; expected one for each of ${symbols} symbols`,
    );
  }
  const offsets = priors.map((prior) => (prior === -Infinity ? 0 : weight * prior));
  const read = (start: number, end: number) => {
    const rows = Float64Array.from(source.read(start, end), (value, i) => value - offsets[i % symbols]!);
    for (let row = 0; row < rows.length; row += symbols) normalise(rows.subarray(row, row + symbols));
    return rows;
  };
  return { frames, symbols, read };
}

function normalise(row: Float64Array): void {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  if (most === -Infinity || Number.isNaN(most)) return; // the aligner says which frame
  let sum = 0;
  for (const value of row) sum += Math.exp(value - most);
  const total = most + Math.log(sum);
  for (let i = 0; i < row.length; i++) row[i] = row[i]! - total;
}
