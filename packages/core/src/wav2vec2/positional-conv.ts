// Relative position by a wide grouped convolution over the frames.
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, conv1d, div, mul, reshape, sqrt, sum, transpose } from "../graph/words.js";
import { activations } from "./activation.js";
import type { Wav2Vec2Config } from "./config.js";

/**
 * How the weight of the positional convolution is held: `folded` as one `weight` (inference), or `factored`
 * into gain `original0` [1, 1, kernel] and direction `original1` (weight norm, which is what training updates).
 */
export type WeightNorm = "folded" | "factored";

/**
 * The branch that is added to the Transformer's input.
 *
 * With an even kernel fairseq and HF pad by half on both sides and drop the last frame (SamePad): that is one
 * zero fewer on the right.
 *
 * @param x [batch, frames, hiddenSize], padding frames zeroed
 * @returns [batch, frames, hiddenSize]
 */
export function positionalConv(
  x: Value,
  scope: Scope,
  config: Wav2Vec2Config,
  weightNorm: WeightNorm,
): Value {
  const { hiddenSize, positionalKernel: kernel, positionalGroups: groups } = config;
  const conv = scope.scope("conv");
  const shape = [hiddenSize, hiddenSize / groups, kernel];
  const weight =
    weightNorm === "folded"
      ? conv.param("weight", shape)
      : factoredWeight(conv.scope("parametrizations.weight"), shape);
  const half = Math.floor(kernel / 2);
  const y = conv1d(transpose(x, [0, 2, 1]), weight, { padding: [half, kernel - 1 - half], groups }); // [batch, hiddenSize, frames]
  const biased = add(y, reshape(conv.param("bias", [hiddenSize]), [hiddenSize, 1]));
  return transpose(activations[config.featureActivation](biased), [0, 2, 1]);
}

/** g * v / ||v||, the norm taken for each tap over both channel axes; torch weight_norm with dim = 2. */
function factoredWeight(scope: Scope, shape: readonly number[]): Value {
  const gain = scope.param("original0", [1, 1, shape[2]!]);
  const direction = scope.param("original1", shape);
  return mul(direction, div(gain, sqrt(sum(mul(direction, direction), [0, 1]))));
}
