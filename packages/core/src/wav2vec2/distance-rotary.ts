// Rotary positions: pairs of channels are rotated by an angle that grows with the frame's index.
import type { Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { add, cast, concat, cos, exp, iota, mul, neg, reshape, sin, slice } from "../graph/words.js";
import type { DistanceConfig } from "./config-variants.js";
import type { Distance, DistanceContext } from "./distance.js";

/**
 * Rotates channel c of each head against channel c + headDim / 2, before queries and keys are projected.
 *
 * @see Su et al. 2021; HF Wav2Vec2ConformerRotaryPositionalEmbedding
 */
export function rotary(
  { frames, config: { hiddenSize, heads } }: DistanceContext,
  { base }: Extract<DistanceConfig, { kind: "rotary" }>,
): Distance {
  const headDim = hiddenSize / heads;
  const half = headDim / 2;
  const pairs = [frames, 1, half];
  const rates = exp(mul(cast(iota(pairs, 2), "float32"), (-2 * Math.log(base)) / headDim)); // base^(-2c / headDim)
  const angles = mul(cast(iota(pairs, 0), "float32"), rates);
  const [cosines, sines] = [cos(angles), sin(angles)].map((part) => concat([part, part], 2)) as [
    Value,
    Value,
  ]; // [frames, 1, headDim]
  return {
    turned(x) {
      const [batch] = x.shape as readonly [Dim]; // frames are batched
      const split = reshape(x, [batch, frames, heads, headDim]);
      const crossed = concat([neg(slice(split, 3, half, headDim)), slice(split, 3, 0, half)], 3);
      return reshape(add(mul(split, cosines), mul(crossed, sines)), x.shape);
    },
  };
}
