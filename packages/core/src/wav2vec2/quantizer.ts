// The product quantiser: each frame chooses one code from each codebook, the paper's q.
import { linear, softmax, straightThrough } from "../graph/composites.js";
import type { Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, argMax, cast, div, equal, expand, iota, matMul, reshape, transpose } from "../graph/words.js";
import type { PretrainingConfig } from "./pretraining-config.js";

/** What training adds to the choice. */
export interface CodeSampling {
  /** Gumbel noise [rows, groups, codes], added to the scores. */
  readonly noise: Value;
  /** Scalar; the softmax through which gradients flow is taken at this temperature. */
  readonly temperature: Value;
}

/** The choice of each row. */
export interface Quantised {
  /** Joined code vectors, [rows, codeDim]. */
  readonly q: Value;
  /** Index of the chosen code in each codebook, int32 [rows, groups]. */
  readonly codes: Value;
  /** Scores of all codes without noise, [rows, groups, codes]. */
  readonly scores: Value;
}

/**
 * Chooses codes. Without `sampling` the best-scored ones; with it the best after adding noise, and gradients reach
 * the scores through the softmax (straight-through). The choice is exactly one-hot either way.
 *
 * @param features [rows, dim], normalised conv features before the projection
 * @param scope of the checkpoint's `quantizer`
 * @see Baevski et al. 2020, section 2; fairseq GumbelVectorQuantizer; HF Wav2Vec2GumbelVectorQuantizer
 */
export function quantize(
  features: Value,
  scope: Scope,
  { groups, codes, codeDim }: Pick<PretrainingConfig, "groups" | "codes" | "codeDim">,
  sampling?: CodeSampling,
): Quantised {
  const [rows, dim] = features.shape as readonly [Dim, number]; // rank checked by linear and reshape
  const projection = scope.scope("weight_proj");
  const all = groups * codes;
  const scores = reshape(
    linear(features, projection.param("weight", [all, dim]), projection.param("bias", [all])),
    [rows, groups, codes],
  );
  const noisy = sampling ? add(scores, sampling.noise) : scores;
  const best = argMax(noisy, 2); // [rows, groups, 1]
  const oneHot = cast(equal(iota(noisy.shape, 2), expand(best, noisy.shape)), "float32");
  const chosen = sampling ? straightThrough(oneHot, softmax(div(noisy, sampling.temperature))) : oneHot;

  const width = codeDim / groups;
  const codebook = reshape(scope.param("codevectors", [1, all, width]), [groups, codes, width]);
  const picked = matMul(transpose(chosen, [1, 0, 2]), codebook); // [groups, rows, width]
  return {
    q: reshape(transpose(picked, [1, 0, 2]), [rows, codeDim]),
    codes: reshape(best, [rows, groups]),
    scores,
  };
}
