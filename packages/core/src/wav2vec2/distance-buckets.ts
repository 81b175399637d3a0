// WavLM's distances: a learned bias for each bucket of distances, gated by the content of the frame that looks.
import { linear, sigmoid } from "../graph/composites.js";
import { addDims, mulDims, subDims, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import {
  abs,
  add,
  cast,
  constant,
  div,
  floor,
  gather,
  iota,
  less,
  log,
  maximum,
  minimum,
  mul,
  reshape,
  slice,
  sub,
  sum,
  transpose,
  where,
} from "../graph/words.js";
import { splitHeads } from "../graph/decompositions.js";
import type { DistanceConfig } from "./config-variants.js";
import type { Distance, DistanceContext } from "./distance.js";

/** @see Chen et al. 2022 (WavLM), section III-B; HF WavLMAttention */
export function gatedBuckets(
  { frames, config: { heads }, scope }: DistanceContext,
  settings: Extract<DistanceConfig, { kind: "gatedBuckets" }>,
): Distance {
  // The first layer's embedding serves all layers.
  const biases = scope.scope("layers.0.attention.rel_attn_embed").param("weight", [settings.buckets, heads]);
  const byOffset = gather(biases, bucketOf(frames, settings)); // [2 * frames - 1, heads]
  const offset = add(sub(iota([frames, frames], 1), iota([frames, frames], 0)), lastFrame(frames));
  const bias = transpose(gather(byOffset, offset), [2, 0, 1]); // [heads, frames, frames]
  return {
    scored(query, x, attention) {
      const [batch] = x.shape as readonly [Dim]; // frames are batched
      const split = splitHeads(x, heads); // [batch, heads, frames, headDim]
      const gates = attention.scope("gru_rel_pos_linear");
      const headDim = split.shape[3] as number; // splitHeads divides a known width
      const raw = linear(split, gates.param("weight", [8, headDim]), gates.param("bias", [8]));
      const two = sigmoid(reshape(sum(reshape(raw, [batch, heads, frames, 2, 4]), [4]), [batch, heads, frames, 2])); // prettier-ignore
      const [a, b] = [slice(two, 3, 0, 1), slice(two, 3, 1, 2)];
      const scale = attention.param("gru_rel_pos_const", [1, heads, 1, 1]);
      const gate = add(mul(a, sub(mul(b, scale), 1)), 2); // [batch, heads, frames, 1]
      return { query, bias: mul(gate, bias) };
    },
  };
}

/** Bucket of each offset from 1 - frames to frames - 1, int32 [2 * frames - 1]: half of them for each side, near ones exact, far ones by the logarithm. */
function bucketOf(
  frames: Dim,
  { buckets, maxDistance }: Extract<DistanceConfig, { kind: "gatedBuckets" }>,
): Value {
  const perSide = Math.floor(buckets / 2);
  const exact = Math.floor(perSide / 2);
  const offset = cast(sub(iota([subDims(mulDims(frames, 2), 1)], 0), lastFrame(frames)), "float32");
  const distance = abs(offset);
  const steps = mul(log(div(maximum(distance, 1), exact)), (perSide - exact) / Math.log(maxDistance / exact));
  const far = minimum(floor(add(steps, exact)), perSide - 1);
  const bucket = where(less(distance, exact), distance, far);
  return cast(add(bucket, where(less(constant(0), offset), perSide, 0)), "int32");
}

/** frames - 1, int32 */
function lastFrame(frames: Dim): Value {
  return constant(addDims(frames, -1), [], "int32");
}
