// Finds a shortest list of edits that turns a reference into a hypothesis, for texts of any length.

/** What happened to one token; indices point into the reference and the hypothesis. */
export type Edit =
  | { readonly type: "hit" | "substitution"; readonly reference: number; readonly hypothesis: number }
  | { readonly type: "deletion"; readonly reference: number; readonly hypothesis: null }
  | { readonly type: "insertion"; readonly reference: null; readonly hypothesis: number };

/** Cells of the edit table that are kept at once; a larger problem is divided. */
const cellLimit = 1 << 24;

/**
 * Aligns two token sequences with as few substitutions, deletions and insertions as possible.
 *
 * Several such lists may exist; this one pairs tokens wherever pairing is as short as not pairing. Memory is
 * linear in the lengths beyond 16 million cells, at twice the time.
 *
 * @param reference, hypothesis tokens, equal by ===
 * @returns edits in order, one per token of either side or pair of tokens
 * @see Levenshtein 1966; Hirschberg 1975 for the division
 */
export function alignEdits<T>(reference: readonly T[], hypothesis: readonly T[], limit = cellLimit): Edit[] {
  const ids = new Map<T, number>();
  const toIds = (tokens: readonly T[]) =>
    Int32Array.from(tokens, (token) => {
      const id = ids.get(token) ?? ids.size;
      ids.set(token, id);
      return id;
    });
  const edits: Edit[] = [];
  divide(
    { ref: toIds(reference), hyp: toIds(hypothesis), edits, limit },
    0,
    reference.length,
    0,
    hypothesis.length,
  );
  return edits;
}

interface Problem {
  readonly ref: Int32Array;
  readonly hyp: Int32Array;
  readonly edits: Edit[];
  readonly limit: number;
}

/** Appends the edits of ref[r0, r1) against hyp[h0, h1). */
function divide(problem: Problem, r0: number, r1: number, h0: number, h1: number): void {
  const { ref, hyp, edits, limit } = problem;
  while (r0 < r1 && h0 < h1 && ref[r0] === hyp[h0])
    edits.push({ type: "hit", reference: r0++, hypothesis: h0++ });
  let tail = 0;
  while (r0 < r1 - tail && h0 < h1 - tail && ref[r1 - 1 - tail] === hyp[h1 - 1 - tail]) tail++;
  const [rEnd, hEnd] = [r1 - tail, h1 - tail];
  if ((rEnd - r0 + 1) * (hEnd - h0 + 1) <= limit || rEnd - r0 < 2) {
    fillAndTrace(problem, r0, rEnd, h0, hEnd);
  } else {
    const middle = (r0 + rEnd) >> 1;
    const before = lastRow(ref, hyp, r0, middle, h0, hEnd, 1);
    const after = lastRow(ref, hyp, middle, rEnd, h0, hEnd, -1);
    let cut = 0;
    const cost = (i: number) => before[i]! + after[hEnd - h0 - i]!;
    for (let i = 1; i <= hEnd - h0; i++) if (cost(i) < cost(cut)) cut = i;
    divide(problem, r0, middle, h0, h0 + cut);
    divide(problem, middle, rEnd, h0 + cut, hEnd);
  }
  for (let i = 0; i < tail; i++) edits.push({ type: "hit", reference: rEnd + i, hypothesis: hEnd + i });
}

/** Edit distances of the whole reference part to every start (or, backwards, every end) of the hypothesis part. */
function lastRow(
  ref: Int32Array,
  hyp: Int32Array,
  r0: number,
  r1: number,
  h0: number,
  h1: number,
  step: 1 | -1,
) {
  const row = Uint32Array.from({ length: h1 - h0 + 1 }, (_, i) => i);
  for (let r = 0; r < r1 - r0; r++) {
    const token = ref[step === 1 ? r0 + r : r1 - 1 - r];
    let diagonal = row[0]!;
    row[0] = r + 1;
    for (let h = 1; h < row.length; h++) {
      const above = row[h]!;
      const paired = diagonal + (token === hyp[step === 1 ? h0 + h - 1 : h1 - h] ? 0 : 1);
      row[h] = Math.min(paired, above + 1, row[h - 1]! + 1);
      diagonal = above;
    }
  }
  return row;
}

/** The whole table with one move a cell: 0 pair, 1 deletion, 2 insertion. */
function fillAndTrace({ ref, hyp, edits }: Problem, r0: number, r1: number, h0: number, h1: number): void {
  const width = h1 - h0 + 1;
  const moves = new Uint8Array((r1 - r0 + 1) * width).fill(2, 0, width);
  const row = Uint32Array.from({ length: width }, (_, i) => i);
  for (let r = 1; r <= r1 - r0; r++) {
    let diagonal = row[0]!;
    row[0] = r;
    moves[r * width] = 1;
    for (let h = 1; h < width; h++) {
      const above = row[h]!;
      let best = diagonal + (ref[r0 + r - 1] === hyp[h0 + h - 1] ? 0 : 1);
      let move = 0;
      if (above + 1 < best) [best, move] = [above + 1, 1];
      if (row[h - 1]! + 1 < best) [best, move] = [row[h - 1]! + 1, 2];
      row[h] = best;
      moves[r * width + h] = move;
      diagonal = above;
    }
  }
  const found: Edit[] = [];
  for (let r = r1 - r0, h = h1 - h0; r > 0 || h > 0;) {
    const move = moves[r * width + h];
    if (move !== 2) r--;
    if (move !== 1) h--;
    if (move === 1) found.push({ type: "deletion", reference: r0 + r, hypothesis: null });
    else if (move === 2) found.push({ type: "insertion", reference: null, hypothesis: h0 + h });
    else {
      const type = ref[r0 + r] === hyp[h0 + h] ? "hit" : "substitution";
      found.push({ type, reference: r0 + r, hypothesis: h0 + h });
    }
  }
  for (let i = found.length - 1; i >= 0; i--) edits.push(found[i]!);
}
