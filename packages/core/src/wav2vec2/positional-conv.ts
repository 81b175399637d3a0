// Relative position by wide grouped convolutions over the frames.
import { layerNorm } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, constant, conv1d, div, expand, mul, reshape, sqrt, sum, transpose } from "../graph/words.js";
import { activations } from "./activation.js";
import { batchNormalised } from "./affine.js";
import type { PositionalConfig } from "./config-variants.js";
import type { Wav2Vec2Config } from "./config.js";
import { zeroPadding } from "./mask.js";

/**
 * How the weight of the positional convolution is held: `folded` as one `weight` (inference), or `factored`
 * into gain `original0` [1, 1, kernel] and direction `original1` (weight norm, which is what training updates).
 */
export type WeightNorm = "folded" | "factored";

/**
 * The branch that is added to the context network's input.
 *
 * @param x [batch, frames, hiddenSize], padding frames zeroed
 * @param valid bool [batch, frames]; absent if nothing is padded
 * @param scope of the checkpoint's `pos_conv_embed`
 * @returns [batch, frames, hiddenSize]
 */
export function positionalConv(
  x: Value,
  valid: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  positional: PositionalConfig,
  weightNorm: WeightNorm,
): Value {
  const { hiddenSize } = config;
  const shape = [hiddenSize, hiddenSize / positional.groups, positional.kernel];
  const activate = activations[config.featureActivation];
  if (positional.batchNorm) {
    const normal = batchNormalised(x, scope.scope("batch_norm"));
    const conv = scope.scope("conv");
    const seen = valid ? zeroPadding(normal, valid) : normal; // HF leaves the norm's shift in the padding
    const mixed = samePadded(seen, conv.param("weight", shape), conv.param("bias", [hiddenSize]), positional);
    return transpose(activate(mixed), [0, 2, 1]);
  }
  if (positional.stacked === undefined) {
    const conv = scope.scope("conv");
    const weight =
      weightNorm === "folded"
        ? conv.param("weight", shape)
        : factoredWeight(conv.scope("parametrizations.weight"), shape);
    const mixed = samePadded(x, weight, conv.param("bias", [hiddenSize]), positional);
    return transpose(activate(mixed), [0, 2, 1]);
  }
  // Convolution, norm without gain, activation, several times; padding is zeroed again before each, which HF leaves out.
  const gain = expand(constant(1, [1]), [hiddenSize]);
  const shift = expand(constant(0, [1]), [hiddenSize]);
  let y = x;
  for (let i = 0; i < positional.stacked; i++) {
    const conv = scope.scope(`layers.${i}.conv`);
    const seen = i > 0 && valid ? zeroPadding(y, valid) : y;
    const mixed = samePadded(seen, conv.param("weight", shape), conv.param("bias", [hiddenSize]), positional);
    y = activate(layerNorm(transpose(mixed, [0, 2, 1]), gain, shift));
  }
  return y;
}

/**
 * A convolution with as many outputs as frames. With an even kernel fairseq and HF pad by half on both sides and drop
 * the last frame (SamePad): that is one zero fewer on the right. x [batch, frames, hiddenSize] -> [batch, hiddenSize, frames]
 */
function samePadded(x: Value, weight: Value, bias: Value, { kernel, groups }: PositionalConfig): Value {
  const half = Math.floor(kernel / 2);
  const y = conv1d(transpose(x, [0, 2, 1]), weight, { padding: [half, kernel - 1 - half], groups }); // [batch, hiddenSize, frames]
  return add(y, reshape(bias, [...bias.shape, 1]));
}

/** g * v / ||v||, the norm taken for each tap over both channel axes; torch weight_norm with dim = 2. */
function factoredWeight(scope: Scope, shape: readonly number[]): Value {
  const gain = scope.param("original0", [1, 1, shape[2]!]);
  const direction = scope.param("original1", shape);
  return mul(direction, div(gain, sqrt(sum(mul(direction, direction), [0, 1]))));
}
