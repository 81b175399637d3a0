// How sure an error rate is: a bootstrap interval over utterances.
import { errorRates, type ErrorCounts } from "./error-rates.js";

/** Limits that a rate lies within at the given confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The percentile interval of an error rate when utterances are drawn again with replacement.
 *
 * @param counts one entry an utterance
 * @param options.draws number of resampled corpora
 * @param options.confidence share of draws inside the interval
 * @param options.seed the same seed gives the same interval
 * @throws RangeError without utterances
 * @see Bisani and Ney 2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation"
 */
export function bootstrapInterval(
  counts: readonly ErrorCounts[],
  options: { readonly draws?: number; readonly confidence?: number; readonly seed?: number } = {},
): Interval {
  const { draws = 1000, confidence = 0.95, seed = 1 } = options;
  if (counts.length === 0) throw new RangeError("bootstrapInterval: no utterances; expected at least one");
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `bootstrapInterval: confidence is ${confidence}; expected between 0 and 1, e.g. 0.95`,
    );
  }
  if (!(Number.isInteger(draws) && draws > 0)) {
    throw new RangeError(`bootstrapInterval: draws is ${draws}; expected a whole number above 0`);
  }
  const random = randomIntegers(seed, counts.length);
  const rates = Array.from({ length: draws }, () => errorRates(counts.map(() => counts[random()]!)).rate);
  rates.sort((a, b) => a - b);
  const at = (share: number) => rates[Math.min(draws - 1, Math.floor(share * draws))]!;
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

/** Whole numbers below `limit` from a 32-bit counter mixed well enough for sampling (splitmix32). */
function randomIntegers(seed: number, limit: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * limit);
  };
}
