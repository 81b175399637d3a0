// The objective of contrastive pre-training: tell the code of a masked frame from those of others, and use all codes.
import {
  add,
  addDims,
  argMax,
  cast,
  concat,
  constant,
  div,
  equal,
  exp,
  expand,
  gather,
  iota,
  less,
  log,
  logSoftmax,
  matMul,
  maximum,
  mean,
  mul,
  mulDims,
  neg,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  transpose,
  where,
  type ContrastivePairs,
  type Dim,
  type PretrainingConfig,
  type Value,
} from "@wav2vec/core";
import { reduceAll } from "./cross-entropy.js";
import { unitLength } from "./unit-length.js";

/** Whose objective. */
export interface ObjectiveOptions {
  /**
   * `fairseq`: diversity from the softmax, always; plus the feature penalty. `hf`: no penalty; perplexity without eps
   * and, in evaluation, from the chosen codes.
   */
  readonly objective: "fairseq" | "hf";
  /** Whether codes were sampled; evaluation takes the best. */
  readonly training: boolean;
  /** fairseq only: weight of the mean square of the conv features; 10 in base recipes, 0 in large ones. */
  readonly penalty?: { readonly weight: number; readonly convFeatures: Value };
}

/** All scalars, unless said otherwise; sums over masked frames are not divided, see `loss`. */
export interface PretrainingObjective {
  /** Sum over the masked frames of the whole batch; divide gradients by `maskedCount`, as fairseq does. */
  readonly loss: Value;
  readonly contrastive: Value;
  /** Weighted, as it enters the loss. */
  readonly diversity: Value;
  /** Weighted, as it enters the loss; 0 without penalty. */
  readonly penalty: Value;
  readonly maskedCount: Value;
  /** Mean square of the conv features; 0 without penalty. */
  readonly meanSquare: Value;
  /** Of the average softmax, summed over codebooks; at most groups · codes. */
  readonly probPerplexity: Value;
  /** Of the best-scored codes, likewise. */
  readonly codePerplexity: Value;
  /** Share of masked frames whose own code wins. */
  readonly accuracy: Value;
  /** Share of negatives that have the positive's codes, and are left out. */
  readonly identicalShare: Value;
  /** [masked, 1 + negatives]: cosines over temperature, the positive first, -Infinity where codes are the positive's. */
  readonly logits: Value;
}

/**
 * InfoNCE with code diversity.
 *
 * @param negatives int32 [masked, negatives], indices of masked frames
 * @see fairseq wav2vec_criterion.py, wav2vec2.py compute_preds; HF Wav2Vec2ForPreTraining.forward
 */
export function pretrainingObjective(
  pairs: ContrastivePairs,
  negatives: Value,
  config: PretrainingConfig,
  { objective, training, penalty }: ObjectiveOptions,
): PretrainingObjective {
  const masked = pairs.predictions.shape[0]!; // two axes
  const maskedCount = constant(masked);
  const all = config.groups * config.codes;
  const { logits, identical } = contrastiveLogits(pairs, negatives, config);
  const contrastive = neg(reduceAll(slice(logSoftmax(logits), 1, 0, 1), "sum"));

  const eps = objective === "fairseq" ? 1e-7 : 0;
  const soft = mean(softmax(pairs.scores), [0]); // [1, groups, codes]
  const hard = mean(bestCodes(pairs.scores), [0]);
  const probPerplexity = perplexity(soft, eps);
  const codePerplexity = perplexity(hard, eps);
  const spread = objective === "fairseq" || training ? probPerplexity : codePerplexity;
  const diversity = mul(mul(div(sub(all, spread), all), maskedCount), config.diversityWeight);

  const meanSquare = penalty
    ? reduceAll(mul(penalty.convFeatures, penalty.convFeatures), "mean")
    : constant(0);
  const weighted = penalty ? mul(mul(meanSquare, maskedCount), penalty.weight) : constant(0);
  const wins = cast(equal(argMax(logits, 1), 0), "float32");
  return {
    loss: add(add(contrastive, diversity), weighted),
    contrastive,
    diversity,
    penalty: weighted,
    maskedCount,
    meanSquare,
    probPerplexity,
    codePerplexity,
    accuracy: reduceAll(wins, "mean"),
    identicalShare: reduceAll(cast(identical, "float32"), "mean"),
    logits,
  };
}

/** Cosines of each prediction with its own target and its negatives, over the temperature. */
function contrastiveLogits(
  { predictions, targets, codes }: ContrastivePairs,
  negatives: Value,
  { temperature, codes: codesPerGroup, groups }: PretrainingConfig,
): { logits: Value; identical: Value } {
  const [masked, count] = negatives.shape as readonly [Dim, Dim]; // [masked, negatives]
  // All pairs by one product, then the wanted ones picked: far smaller than gathering a target vector for each negative.
  const cosines = matMul(unitLength(predictions, 1), transpose(unitLength(targets, 1), [1, 0])); // [masked, masked]
  const candidates = concat([iota([masked, 1], 0), negatives], 1);
  const shape = [masked, addDims(count, 1)];
  const flat = add(mul(iota(shape, 0), constant(masked, [], "int32")), candidates);
  const picked = reshape(gather(reshape(cosines, [mulDims(masked, masked), 1]), flat), shape);

  // Codes are compared by their ids: projected vectors of equal codes may differ in the last bit.
  let ids = slice(codes, 1, 0, 1); // [masked, 1]
  for (let group = 1; group < groups; group++)
    ids = add(mul(ids, codesPerGroup), slice(codes, 1, group, group + 1));
  const identical = equal(gather(reshape(ids, [masked]), negatives), expand(ids, negatives.shape)); // [masked, negatives]
  const never = less(iota([masked, 1], 0), 0); // the positive is never left out
  const excluded = concat([never, identical], 1);
  return { logits: where(excluded, -Infinity, div(picked, temperature)), identical };
}

/** exp of the entropy of each codebook, summed. probabilities [1, groups, codes] */
function perplexity(probabilities: Value, eps: number): Value {
  // With eps 0 this is 0 at 0, like torch's xlogy.
  const logs = log(eps > 0 ? add(probabilities, eps) : maximum(probabilities, 1e-37));
  return reduceAll(exp(neg(sum(mul(probabilities, logs), [2]))), "sum");
}

/** One-hot [rows, groups, codes] of the best scores. */
function bestCodes(scores: Value): Value {
  return cast(equal(iota(scores.shape, 2), expand(argMax(scores, 2), scores.shape)), "float32");
}
