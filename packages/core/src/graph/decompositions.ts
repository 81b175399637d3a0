// What each composite means: its decomposition into primitives. Backends may run a composite whole instead.
import { mean, normalCdf, softmax } from "./composites.js";
import { formatShape, sameShape, sizeOf, type Dim, type Shape } from "./dim.js";
import { ShapeError } from "./errors.js";
import type { Value } from "./graph.js";
import type { CompositeAttrs, CompositeName, PerCompositeInput } from "./ops.js";
import {
  add,
  div,
  erf,
  exp,
  log,
  matMul,
  max,
  maximum,
  mul,
  neg,
  reshape,
  sqrt,
  sub,
  sum,
  transpose,
} from "./words.js";

type Decompositions = {
  [N in CompositeName]: (inputs: PerCompositeInput<N, Value>, attrs: CompositeAttrs<N>) => Value;
};

export const decompositions: Decompositions = {
  /** x [...b, in], weight [out, in], bias [out] -> [...b, out] */
  linear([x, weight, bias]) {
    const lead = x.shape.slice(0, -1);
    const rows = reshape(x, [sizeOf(lead), x.shape.at(-1) ?? 1]);
    const y = reshape(matMul(rows, transpose(weight, [1, 0])), [...lead, weight.shape[0]!]);
    return bias ? add(y, bias) : y;
  },

  /** Normalises the last axis to mean 0, variance 1, then scales and shifts. x [...b, dim], gain and bias [dim] */
  layerNorm([x, gain, bias], { eps }) {
    return add(mul(normalised(x, [-1], eps).value, gain), bias);
  },

  /** (x - mean) / root(variance + eps) over the last axis. */
  standardize([x], { eps }) {
    return normalised(x, [-1], eps).value;
  },

  /** 1 / root(variance + eps) over the last axis; x [...b, dim] -> [...b, 1] */
  inverseDeviation([x], { eps }) {
    return div(1, normalised(x, [-1], eps).deviation);
  },

  /** Normalises each group of channels over its channels and all time. x [batch, channels, time], gain and bias [channels] */
  groupNorm([x, gain, bias], { groups, eps }) {
    const [batch, channels, time] = axes3("groupNorm", x.shape);
    const grouped = reshape(x, [batch, groups, divided("groupNorm", channels, groups), time]);
    const normal = reshape(normalised(grouped, [2, 3], eps).value, x.shape);
    return add(mul(normal, reshape(gain, [channels, 1])), reshape(bias, [channels, 1]));
  },

  /** x Phi(x), the exact form. */
  gelu([x]) {
    return mul(x, normalCdf(x));
  },

  /** (1 + erf(x / sqrt 2)) / 2 */
  normalCdf([x]) {
    return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  },

  relu([x]) {
    return maximum(x, 0);
  },

  /** 1 / (1 + exp(-x)) */
  sigmoid([x]) {
    return div(1, add(exp(neg(x)), 1));
  },

  /** Softmax over the last axis. */
  softmax([x]) {
    const raised = exp(sub(x, max(x, [-1])));
    return div(raised, sum(raised, [-1]));
  },

  /** Log of the softmax over the last axis. */
  logSoftmax([x]) {
    const shifted = sub(x, max(x, [-1]));
    return sub(shifted, log(sum(exp(shifted), [-1])));
  },

  /** The identity: only its gradient differs. */
  scaleGradient([x]) {
    return x;
  },

  /** The first of two values of one shape: only the gradient knows the second. */
  straightThrough([forward, backward]) {
    if (sameShape(forward.shape, backward.shape)) return forward;
    throw new ShapeError(
      `straightThrough: got ${formatShape(forward.shape)} and ${formatShape(backward.shape)}; expected one shape`,
    );
  },

  /**
   * Multi-head scaled dot-product attention. query [batch, frames, dim], key and value [batch, keys, dim],
   * bias, added to the scores, broadcastable to [batch, heads, frames, keys]; -> [batch, frames, dim]
   */
  attention([query, key, value, bias], { heads }) {
    const q = splitHeads(query, heads); // [batch, heads, frames, headDim]
    const k = splitHeads(key, heads);
    const v = splitHeads(value, heads);
    const headDim = q.shape[3] as number; // splitHeads divides a known width
    const scores = matMul(mul(q, 1 / Math.sqrt(headDim)), transpose(k, [0, 1, 3, 2])); // [batch, heads, frames, keys]
    const weights = softmax(bias ? add(scores, bias) : scores);
    return mergeHeads(matMul(weights, v));
  },
};

/** x at mean 0 and variance 1 over `axes`, and the root of variance plus eps that it was divided by. */
export function normalised(
  x: Value,
  axes: readonly number[],
  eps: number,
): { readonly value: Value; readonly deviation: Value } {
  const centred = sub(x, mean(x, axes));
  const deviation = sqrt(add(mean(mul(centred, centred), axes), eps));
  return { value: div(centred, deviation), deviation };
}

/** [batch, frames, dim] -> [batch, heads, frames, dim / heads] */
export function splitHeads(x: Value, heads: number): Value {
  const [batch, frames, dim] = axes3("attention", x.shape);
  return transpose(reshape(x, [batch, frames, heads, divided("attention", dim, heads)]), [0, 2, 1, 3]);
}

/** [batch, heads, frames, headDim] -> [batch, frames, heads * headDim] */
export function mergeHeads(x: Value): Value {
  const merged = transpose(x, [0, 2, 1, 3]); // [batch, frames, heads, headDim]
  const [batch, frames, heads, headDim] = merged.shape as readonly [Dim, Dim, number, number]; // made by splitHeads
  return reshape(merged, [batch, frames, heads * headDim]);
}

function axes3(what: string, shape: Shape): readonly [Dim, Dim, Dim] {
  if (shape.length !== 3) throw new ShapeError(`${what}: got ${formatShape(shape)}; expected 3 axes`);
  return shape as unknown as readonly [Dim, Dim, Dim]; // length checked above
}

function divided(what: string, dim: Dim, parts: number): number {
  if (typeof dim === "number" && Number.isInteger(dim / parts)) return dim / parts;
  throw new ShapeError(
    `${what}: a width of ${formatShape([dim])} does not divide into ${parts}; check the configuration`,
  );
}
