// Distances that queries score themselves: a vector for each offset between two frames, sinusoids or learned.
import { linear } from "../graph/composites.js";
import { mulDims, subDims, type Dim } from "../graph/dim.js";
import { splitHeads } from "../graph/decompositions.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import {
  add,
  cast,
  concat,
  constant,
  cos,
  exp,
  gather,
  iota,
  matMul,
  maximum,
  minimum,
  mul,
  pad,
  reshape,
  sin,
  slice,
  sub,
  transpose,
} from "../graph/words.js";
import type { DistanceConfig } from "./config-variants.js";
import type { Distance, DistanceContext } from "./distance.js";

/**
 * Sinusoids of the offset, projected by each layer; queries carry one learned bias for content, one for distance.
 *
 * @see Dai et al. 2019 (Transformer-XL), section 3.3; HF Wav2Vec2ConformerRelPositionalEmbedding
 */
export function sinusoidOffsets({ frames, config: { hiddenSize, heads } }: DistanceContext): Distance {
  const offsets = subDims(mulDims(frames, 2), 1);
  const pairs = [offsets, hiddenSize / 2, 1];
  const rates = exp(mul(cast(iota(pairs, 1), "float32"), (-2 * Math.log(10_000)) / hiddenSize));
  const distance = sub(constant(subDims(frames, 1)), cast(iota(pairs, 0), "float32")); // query's frame less key's
  const angles = mul(distance, rates);
  const table = reshape(concat([sin(angles), cos(angles)], 2), [offsets, hiddenSize]);
  return {
    scored(query, _x, scope) {
      const vectors = linear(table, scope.scope("linear_pos").param("weight", [hiddenSize, hiddenSize]));
      const headDim = hiddenSize / heads;
      const perHead = transpose(reshape(vectors, [offsets, heads, headDim]), [1, 2, 0]); // [heads, headDim, offsets]
      const bias = (name: string) => reshape(scope.param(name, [heads, headDim]), [hiddenSize]);
      return {
        query: add(query, bias("pos_bias_u")),
        bias: scoreOffsets(add(query, bias("pos_bias_v")), perHead, heads, frames),
      };
    },
  };
}

/**
 * A learned vector for each offset, clipped on both sides.
 *
 * @see Shaw et al. 2018; HF Wav2Vec2BertSelfAttention (`relative_key`)
 */
export function clippedOffsets(
  { frames, config: { hiddenSize, heads } }: DistanceContext,
  { left, right }: Extract<DistanceConfig, { kind: "clipped" }>,
): Distance {
  const offset = sub(iota([subDims(mulDims(frames, 2), 1)], 0), constant(subDims(frames, 1), [], "int32")); // key's frame less query's
  const row = add(minimum(maximum(offset, -left), right), left);
  return {
    scored(query, _x, scope: Scope) {
      const learned = scope
        .scope("distance_embedding")
        .param("weight", [left + right + 1, hiddenSize / heads]);
      return {
        query,
        bias: scoreOffsets(query, transpose(gather(learned, row), [1, 0]), heads, frames),
      };
    },
  };
}

/**
 * Scores of queries against the vectors of offsets, laid out by key.
 *
 * @param query [batch, frames, hiddenSize]
 * @param vectors [heads or none, headDim, 2 * frames - 1], the key that lies frames - 1 before the query first
 * @returns [batch, heads, frames, frames], scaled as content scores are
 */
function scoreOffsets(query: Value, vectors: Value, heads: number, frames: Dim): Value {
  const q = splitHeads(query, heads);
  const [batch, , , headDim] = q.shape as readonly [Dim, Dim, Dim, number]; // made by splitHeads
  const scores = matMul(mul(q, 1 / Math.sqrt(headDim)), vectors); // [batch, heads, frames, 2 * frames - 1]
  // Row i needs columns frames - 1 - i on. One zero before each row makes reading the rows as rows of `frames` shift them so.
  const twice = mulDims(frames, 2);
  const shifted = slice(reshape(pad(scores, 3, 1, 0), [batch, heads, twice, frames]), 2, 1, twice);
  return slice(reshape(shifted, scores.shape), 3, 0, frames);
}
