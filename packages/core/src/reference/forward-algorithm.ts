// The forward algorithm as loops.
import { UNREACHABLE } from "../graph/words.js";

/**
 * @param emissions [batch, frames, states]
 * @param skips [batch, states]
 */
export function forwardAlgorithm(
  emissions: Float64Array,
  skips: Float64Array,
  [batch, frames, states]: readonly [number, number, number],
): Float64Array {
  const y = new Float64Array(emissions.length);
  for (let row = 0; row < batch; row++) {
    let before = new Float64Array(states).fill(UNREACHABLE);
    before[0] = 0;
    for (let t = 0; t < frames; t++) {
      const now = y.subarray((row * frames + t) * states, (row * frames + t + 1) * states);
      for (let s = 0; s < states; s++) {
        const one = s > 0 ? before[s - 1]! : UNREACHABLE;
        const two = (s > 1 ? before[s - 2]! : UNREACHABLE) + skips[row * states + s]!;
        now[s] = logSum([before[s]!, one, two]) + emissions[(row * frames + t) * states + s]!;
      }
      const total = logSum(now);
      before = now.map((u) => u - total);
    }
  }
  return y;
}

function logSum(terms: Iterable<number>): number {
  const all = [...terms];
  const largest = Math.max(...all);
  return largest + Math.log(all.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}
