// From a classifier's logits to labels with probabilities.

/** One label and how likely it is. */
export interface Score {
  readonly label: string;
  /** 0 to 1; over all labels they add up to 1, unless each is judged by itself. */
  readonly probability: number;
}

/**
 * Softmax, or a sigmoid for each label; most likely first.
 *
 * @param logits one for each label
 * @param options.exclusive whether exactly one label is right; otherwise each may be. Default true
 */
export function rankedScores(
  logits: ArrayLike<number>,
  labels: readonly string[],
  { exclusive = true }: { readonly exclusive?: boolean } = {},
): Score[] {
  const probabilities = exclusive ? softmax(logits) : Array.from(logits, sigmoid);
  return labels
    .map((label, i) => ({ label, probability: probabilities[i]! })) // one logit for each label
    .sort((a, b) => b.probability - a.probability);
}

/** Adds up to 1. */
export function softmax(logits: ArrayLike<number>): number[] {
  const top = Array.from(logits).reduce((a, b) => Math.max(a, b), -Infinity);
  const raised = Array.from(logits, (logit) => Math.exp(logit - top));
  const total = raised.reduce((a, b) => a + b, 0);
  return raised.map((x) => x / total);
}

/** The probability that a logit is of, judged by itself. */
export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
