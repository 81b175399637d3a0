// The most similar name in a list, for errors that suggest what was meant.

/** Fewer edits than this fraction of the name count as similar. */
const SIMILAR = 0.35;

/**
 * Finds the candidate with the fewest edits (insert, delete, replace a character).
 *
 * @returns undefined if none is similar
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let limit = Math.ceil(name.length * SIMILAR);
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate, limit);
    if (distance >= limit) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/** Levenshtein distance, or `limit` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Uint16Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = new Uint16Array(b.length + 1);
    next[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      next[j] = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
      least = Math.min(least, next[j]!);
    }
    if (least >= limit) return limit;
    row = next;
  }
  return Math.min(limit, row[b.length]!);
}
