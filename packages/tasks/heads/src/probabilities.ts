// From a classifier's logits to labels with probabilities.

/** One label and how likely it is. */
export interface Score {
  readonly label: string;
  /** 0 to 1; over all labels they add up to 1. */
  readonly probability: number;
}

/**
 * Softmax, most likely first.
 *
 * @param logits one for each label
 */
export function rankedScores(logits: ArrayLike<number>, labels: readonly string[]): Score[] {
  const top = Array.from(logits).reduce((a, b) => Math.max(a, b), -Infinity);
  const raised = labels.map((_, i) => Math.exp(logits[i]! - top));
  const total = raised.reduce((a, b) => a + b, 0);
  return labels
    .map((label, i) => ({ label, probability: raised[i]! / total }))
    .sort((a, b) => b.probability - a.probability);
}
