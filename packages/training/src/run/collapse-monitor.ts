// Says in plain words whether contrastive pre-training is on its way or its codes are collapsing.

/** Means of what the objective reported since the last verdict. */
export interface CollapseSigns {
  /** Of the chosen codes and of the average softmax, summed over codebooks; at most groups · codes. */
  readonly codePerplexity: number;
  readonly probPerplexity: number;
  /** Share of masked frames whose own code wins. */
  readonly accuracy: number;
  /** Share of negatives that have the positive's codes. */
  readonly identicalShare: number;
  /** Gradient norm per masked frame. */
  readonly norm: number;
  readonly temperature: number;
}

/** Sizes that the signs are judged by. */
export interface CodeSizes {
  readonly groups: number;
  readonly codes: number;
  readonly negatives: number;
}

export interface CollapseVerdict {
  readonly state: "healthy" | "watch" | "collapsing";
  /** One sentence for a person. */
  readonly text: string;
  readonly signs: CollapseSigns;
}

// Thresholds are rules of thumb: a codebook below 2 effective codes says nothing; fairseq's and Hugging Face's runs that
// converge stay above a few per cent of all codes and at gradient norms of 0.5 to 2.
const DEAD_CODES_PER_BOOK = 2;
const FEW_CODES = 0.05;
const MANY_IDENTICAL = 0.5;
const LARGE_NORM = 10;

/** Judges the signs. @see transformers examples/pytorch/speech-pretraining/README.md for norms of stable runs */
export function judgeCollapse(
  signs: CollapseSigns,
  { groups, codes, negatives }: CodeSizes,
): CollapseVerdict {
  const { codePerplexity, probPerplexity, accuracy, identicalShare, norm, temperature } = signs;
  const all = groups * codes;
  const used = `${codePerplexity.toFixed(1)} of ${all} codes in use`;
  const chance = 1 / (1 + negatives);
  const verdict = (state: CollapseVerdict["state"], text: string): CollapseVerdict => ({
    state,
    text,
    signs,
  });

  if (codePerplexity < DEAD_CODES_PER_BOOK * groups)
    return verdict(
      "collapsing",
      `collapsing: ${used}; lower optimizer.rate, raise diversity_loss_weight or slow the temperature's decay (now ${temperature.toFixed(2)})`,
    );
  if (identicalShare > MANY_IDENTICAL)
    return verdict(
      "collapsing",
      `collapsing: ${percent(identicalShare)} of the negatives equal the positive, ${used}; lower optimizer.rate or raise diversity_loss_weight`,
    );
  if (codePerplexity < FEW_CODES * all)
    return verdict("watch", `few codes: ${used} (softmax ${probPerplexity.toFixed(1)}); usual early on, else raise diversity_loss_weight`); // prettier-ignore
  if (norm > LARGE_NORM)
    return verdict(
      "watch",
      `gradient norm ${norm.toFixed(1)} is large, ${used}; lower optimizer.rate or clip`,
    );
  if (accuracy < 1.5 * chance)
    return verdict(
      "watch",
      `accuracy ${percent(accuracy)} is chance (${percent(chance)}), ${used}; usual in warm-up`,
    );
  return verdict("healthy", `healthy: accuracy ${percent(accuracy)}, ${used}, ${percent(identicalShare)} of negatives identical`); // prettier-ignore
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
