// The likeliest speaker at each step, where changing costs something.

/**
 * Viterbi over steps: the path with the highest sum of scores, less `switchCost` for each change.
 *
 * @param scores one row a step, one score a speaker
 * @returns the speaker of each step
 */
export function smoothPath(scores: readonly ArrayLike<number>[], switchCost: number): number[] {
  const speakers = scores[0]?.length ?? 0;
  let totals = new Float64Array(speakers);
  const cameFrom: Int32Array[] = [];
  for (const row of scores) {
    const best = argMax(totals);
    const from = new Int32Array(speakers);
    const next = new Float64Array(speakers);
    for (let s = 0; s < speakers; s++) {
      const changes = totals[best]! - switchCost > totals[s]!;
      from[s] = changes ? best : s;
      next[s] = (changes ? totals[best]! - switchCost : totals[s]!) + row[s]!;
    }
    cameFrom.push(from);
    totals = next;
  }
  const path = new Array<number>(scores.length);
  for (let step = scores.length - 1, at = argMax(totals); step >= 0; step--) {
    path[step] = at;
    at = cameFrom[step]![at]!;
  }
  return path;
}

function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
