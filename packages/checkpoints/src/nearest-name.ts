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
function editDistance(nameA: string, nameB: string, limit: number): number {
  if (Math.abs(nameA.length - nameB.length) >= limit) return limit;
  const [a, b] = withoutCommonEnds(nameA, nameB);
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      const distance = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
      next.push(distance);
      least = Math.min(least, distance);
    }
    if (least >= limit) return limit;
    row = next;
  }
  return Math.min(limit, row[b.length]!);
}

/** Equal beginnings and ends need no edits, and parameter names are mostly those. */
function withoutCommonEnds(a: string, b: string): [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}
