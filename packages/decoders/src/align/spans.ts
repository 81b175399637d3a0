// Runs of frames that belong to one symbol, and the scores of characters, words and segments made of them.

/** The frames of one target on a path. */
export interface AlignedSpan {
  /** Index into the targets. */
  readonly target: number;
  /** Symbol id; STAR (-1) for a star. */
  readonly symbol: number;
  /** First frame. */
  readonly start: number;
  /** Frame after the last. */
  readonly end: number;
  /** Mean log-probability over its frames. */
  readonly logProb: number;
  /** Mean probability over its frames: the confidence. */
  readonly prob: number;
}

/**
 * Cuts a path into the spans of its targets; blanks belong to none.
 *
 * @param path [frames] target of each frame, -1 for a blank
 * @param logProbs [frames] log-probability of each frame's symbol
 */
export function spansOfPath(
  path: Int32Array,
  logProbs: Float64Array,
  targets: ArrayLike<number>,
): AlignedSpan[] {
  const spans: AlignedSpan[] = [];
  for (let start = 0, end; start < path.length; start = end) {
    const target = path[start]!;
    let logProb = 0;
    let prob = 0;
    for (end = start; end < path.length && path[end] === target; end++) {
      logProb += logProbs[end]!;
      prob += Math.exp(logProbs[end]!);
    }
    if (target < 0) continue;
    const count = end - start;
    spans.push({
      target,
      symbol: targets[target]!,
      start,
      end,
      logProb: logProb / count,
      prob: prob / count,
    });
  }
  return spans;
}

/** How sure an alignment is of a word or a segment. */
export interface GroupScore {
  /** Mean log-probability over the frames of its symbols. */
  readonly logProb: number;
  /** Mean probability over the same frames. */
  readonly prob: number;
  /** The lowest mean log-probability of `window` symbols in a row: a text that was not said shows here. */
  readonly worst: number;
}

/** Scores of symbols taken together; NaN without any. */
export function scoreOfSpans(spans: readonly AlignedSpan[], window = 30): GroupScore {
  const frames = (span: AlignedSpan) => span.end - span.start;
  const mean = (key: "logProb" | "prob") => {
    const count = spans.reduce((sum, span) => sum + frames(span), 0);
    return spans.reduce((sum, span) => sum + span[key] * frames(span), 0) / count;
  };
  let worst = Infinity;
  for (let first = 0, sum = 0, i = 0; i < spans.length; i++) {
    sum += spans[i]!.logProb;
    if (i - first === window) sum -= spans[first++]!.logProb;
    if (i - first === Math.min(window, spans.length) - 1) worst = Math.min(worst, sum / (i - first + 1));
  }
  return { logProb: mean("logProb"), prob: mean("prob"), worst: spans.length === 0 ? NaN : worst };
}
