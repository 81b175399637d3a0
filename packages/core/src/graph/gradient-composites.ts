// The gradients of composites: shorter than those of their decompositions, and saving only inputs and outputs.
import { inverseDeviation, mean, normalCdf, standardize, softmax } from "./composites.js";
import { mergeHeads, normalised, splitHeads } from "./decompositions.js";
import { sizeOf, type Dim, type Shape } from "./dim.js";
import type { Value } from "./graph.js";
import type { CompositeAttrs, CompositeName, PerCompositeInput } from "./ops.js";
import {
  add,
  constant,
  div,
  exp,
  less,
  matMul,
  mul,
  neg,
  reshape,
  sub,
  sum,
  transpose,
  where,
} from "./words.js";

/** What a rule may use of the composite. `y` is the composite itself, so that its result need not be computed again. */
export interface CompositeCall<N extends CompositeName> {
  readonly inputs: PerCompositeInput<N, Value>;
  readonly attrs: CompositeAttrs<N>;
  readonly y: Value;
}

/** From the gradient of a composite's result to those of its inputs; `null` where none flows. */
export type CompositeGradients = {
  readonly [N in CompositeName]: (dy: Value, call: CompositeCall<N>) => readonly (Value | null)[];
};

/**
 * What the backward pass reads by its body rather than keep its result: that of a GELU is x times a distribution function
 * which the GELU's own gradient needs anyway.
 */
export const MADE_AGAIN: ReadonlySet<CompositeName> = new Set<CompositeName>(["gelu"]);

export const compositeGradients: CompositeGradients = {
  // One product over all rows, whatever the leading axes.
  linear(dy, { inputs: [x, weight, bias] }) {
    const [dyRows, xRows] = [rowsOf(dy), rowsOf(x)];
    const dx = reshape(matMul(dyRows, weight), x.shape);
    const dWeight = matMul(transpose(dyRows, [1, 0]), xRows); // [out, in]
    return bias ? [dx, dWeight, reshape(sum(dyRows, [0]), bias.shape)] : [dx, dWeight];
  },

  // The means over a row are products with the gain as a column: one pass less each than to multiply and sum.
  layerNorm(dy, { inputs: [x, gain, bias], attrs: { eps } }) {
    const [dyRows, n] = [rowsOf(dy), rowsOf(standardize(x, eps))];
    const along = mul(dyRows, n);
    const width = gain.shape[0] as number; // a parameter's shape is known
    const column = mul(reshape(gain, [width, 1]), 1 / width);
    const centred = sub(sub(mul(dyRows, gain), matMul(dyRows, column)), mul(n, matMul(along, column)));
    const dx = mul(centred, rowsOf(inverseDeviation(x, eps)));
    return [
      reshape(dx, x.shape),
      reshape(sum(along, [0]), gain.shape),
      reshape(sum(dyRows, [0]), bias.shape),
    ];
  },

  standardize(dy, { inputs: [x], attrs: { eps }, y }) {
    return [mul(acrossNormal(dy, y, [-1]), inverseDeviation(x, eps))];
  },

  // d/dx = -y^3 (x - mean) / dim = -y^2 normal / dim
  inverseDeviation(dy, { inputs: [x], attrs: { eps }, y }) {
    const width = constant(x.shape.at(-1)!); // it has a last axis
    return [mul(standardize(x, eps), neg(div(mul(dy, mul(y, y)), width)))];
  },

  groupNorm(dy, { inputs: [x, gain, bias], attrs: { groups, eps } }) {
    const [batch, channels, time] = x.shape as readonly [Dim, number, Dim]; // checked by the decomposition
    const grouped: Shape = [batch, groups, channels / groups, time];
    const normal = normalised(reshape(x, grouped), [2, 3], eps);
    const scaled = reshape(mul(dy, reshape(gain, [channels, 1])), grouped);
    return [
      reshape(div(acrossNormal(scaled, normal.value, [2, 3]), normal.deviation), x.shape),
      reshape(sum(mul(dy, reshape(normal.value, x.shape)), [0, 2]), gain.shape),
      reshape(sum(dy, [0, 2]), bias.shape),
    ];
  },

  // d/dx x Phi(x) = Phi(x) + x phi(x); with u = x / sqrt 2 the second is u exp(-u^2 - log sqrt pi): a pass less
  gelu(dy, { inputs: [x] }) {
    const u = mul(x, Math.SQRT1_2);
    return [mul(dy, add(normalCdf(x), mul(u, exp(sub(-Math.log(Math.PI) / 2, mul(u, u))))))];
  },

  // d/dx Phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
  normalCdf: (dy, { inputs: [x] }) => [mul(dy, exp(sub(-Math.log(2 * Math.PI) / 2, mul(mul(x, x), 0.5))))],

  // 0 at 0, as in torch
  relu: (dy, { inputs: [x] }) => [where(less(0, x), dy, 0)],

  sigmoid: (dy, { y }) => [mul(dy, mul(y, sub(1, y)))],

  softmax: (dy, { y }) => [mul(y, sub(dy, sum(mul(dy, y), [-1])))],

  logSoftmax: (dy, { y }) => [sub(dy, mul(exp(y), sum(dy, [-1])))],

  scaleGradient: (dy, { attrs: { scale } }) => [scale === 0 ? null : mul(dy, scale)],

  straightThrough: (dy) => [null, dy],

  // Weights are computed again from query and key: two orders of magnitude smaller than the weights themselves.
  attention(dy, { inputs: [query, key, value, bias], attrs: { heads }, y }) {
    const split = (x: Value) => splitHeads(x, heads);
    const [q, k, v, dyHeads] = [split(query), split(key), split(value), split(dy)]; // [batch, heads, frames, headDim]
    const scale = 1 / Math.sqrt(q.shape[3] as number); // splitHeads divides a known width
    const scores = matMul(mul(q, scale), swap(k)); // [batch, heads, frames, keys]
    const weights = softmax(bias ? add(scores, bias) : scores);
    // Softmax's sum over keys of dWeights * weights is that over headDim of dy * y (Dao et al. 2022, FlashAttention, B.2).
    const total = sum(mul(dyHeads, split(y)), [-1]);
    const dScores = mul(weights, sub(matMul(dyHeads, swap(v)), total));
    const gradients = [
      mergeHeads(mul(matMul(dScores, k), scale)),
      mergeHeads(mul(matMul(swap(dScores), q), scale)),
      mergeHeads(matMul(swap(weights), dyHeads)),
    ];
    return bias ? [...gradients, sumTo(dScores, bias.shape)] : gradients;
  },
};

/** g - mean g - n mean(g n): over the deviation of x it is the gradient of x, for n = normalised x and its gradient g. */
function acrossNormal(g: Value, n: Value, axes: readonly number[]): Value {
  return sub(sub(g, mean(g, axes)), mul(n, mean(mul(g, n), axes)));
}

/** [...b, dim] -> [rows, dim] */
function rowsOf(x: Value): Value {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]); // linear has an input axis
}

/** [batch, heads, a, b] -> [batch, heads, b, a] */
function swap(x: Value): Value {
  return transpose(x, [0, 1, 3, 2]);
}

/** Sums dy over the axes along which a value of `shape` was broadcast. */
function sumTo(dy: Value, shape: Shape): Value {
  const missing = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((dim, axis) =>
    dim !== 1 && (shape[axis - missing] ?? 1) === 1 ? [axis] : [],
  );
  return reshape(sum(dy, axes), shape);
}
