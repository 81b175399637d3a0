// Self-attention of one layer, with whatever the model knows of distance.
import { attention, softmax } from "../graph/composites.js";
import { mergeHeads, splitHeads } from "../graph/decompositions.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, matMul, mul, transpose } from "../graph/words.js";
import { dense } from "./affine.js";
import type { Wav2Vec2Config } from "./config.js";
import type { Distance } from "./distance.js";

/** What all layers share. */
export interface AttentionContext {
  readonly config: Wav2Vec2Config;
  readonly distance: Distance;
  /** Added to the scores to hide padding, [batch, 1, 1, frames]; absent if nothing is padded. */
  readonly padding?: Value;
  /** Applied to the softmax weights; with it, attention is built from primitives. */
  readonly weights?: (weights: Value) => Value;
}

const TRANSFORMER = { q: "q_proj", k: "k_proj", v: "v_proj", out: "out_proj" };
const CONFORMER = { q: "linear_q", k: "linear_k", v: "linear_v", out: "linear_out" };

/** x [batch, frames, hiddenSize] -> the same shape */
export function selfAttention(x: Value, scope: Scope, context: AttentionContext): Value {
  const { config, distance, padding } = context;
  const names = config.conformer ? CONFORMER : TRANSFORMER;
  const project = (name: string, value: Value) => dense(value, scope.scope(name), config.hiddenSize);
  const turned = distance.turned?.(x) ?? x;
  const [q, k, v] = [project(names.q, turned), project(names.k, turned), project(names.v, x)];
  const scored = distance.scored?.(q, x, scope);
  const query = scored?.query ?? q;
  const bias = scored && padding ? add(scored.bias, padding) : (scored?.bias ?? padding);
  const mixed = context.weights
    ? attentionThrough(context.weights, query, k, v, config.heads, bias)
    : attention(query, k, v, config.heads, bias);
  return project(names.out, mixed);
}

/** The attention composite's decomposition, with its weights changed by a hook. */
function attentionThrough(
  hook: (weights: Value) => Value,
  query: Value,
  key: Value,
  value: Value,
  heads: number,
  bias: Value | undefined,
): Value {
  const [q, k, v] = [splitHeads(query, heads), splitHeads(key, heads), splitHeads(value, heads)]; // [batch, heads, frames, headDim]
  const scale = 1 / Math.sqrt(q.shape[3] as number); // splitHeads divides a known width
  const scores = matMul(mul(q, scale), transpose(k, [0, 1, 3, 2])); // [batch, heads, frames, frames]
  return mergeHeads(matMul(hook(softmax(bias ? add(scores, bias) : scores)), v));
}
