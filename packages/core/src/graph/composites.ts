// Composites as words: named combinations of primitives that a backend may run whole.
import { mulDims, type Dim } from "./dim.js";
import { applyComposite, type Value } from "./graph.js";
import { constant, div, mul, sum } from "./words.js";

/** x [...b, in], weight [out, in], bias [out] -> [...b, out] */
export const linear = (x: Value, weight: Value, bias?: Value) =>
  applyComposite("linear", bias ? [x, weight, bias] : [x, weight], {});
/** Mean 0 and variance 1 over the last axis, then scaled and shifted by gain and bias [dim]. */
export const layerNorm = (x: Value, gain: Value, bias: Value, eps = 1e-5) =>
  applyComposite("layerNorm", [x, gain, bias], { eps });
/** Mean 0 and variance 1 over the last axis. */
export const standardize = (x: Value, eps = 1e-5) => applyComposite("standardize", [x], { eps });
/** One over the standard deviation of the last axis, which stays with length 1. */
export const inverseDeviation = (x: Value, eps = 1e-5) => applyComposite("inverseDeviation", [x], { eps });
/** Mean 0 and variance 1 over each group's channels and all time. x [batch, channels, time], gain and bias [channels] */
export const groupNorm = (x: Value, gain: Value, bias: Value, groups: number, eps = 1e-5) =>
  applyComposite("groupNorm", [x, gain, bias], { groups, eps });
/** The exact Gaussian error linear unit (erf, not tanh). */
export const gelu = (x: Value) => applyComposite("gelu", [x], {});
/** The cumulative distribution function of the standard normal distribution; `gelu` is x times it. */
export const normalCdf = (x: Value) => applyComposite("normalCdf", [x], {});
export const relu = (x: Value) => applyComposite("relu", [x], {});
export const sigmoid = (x: Value) => applyComposite("sigmoid", [x], {});
/** Over the last axis. */
export const softmax = (x: Value) => applyComposite("softmax", [x], {});
/** Over the last axis. */
export const logSoftmax = (x: Value) => applyComposite("logSoftmax", [x], {});

/** x itself, whose gradient is multiplied by `scale`; 0 stops it. */
export const scaleGradient = (x: Value, scale: number) => applyComposite("scaleGradient", [x], { scale });
/** `forward` itself, whose gradient goes to `backward` instead, as if that had been the result. */
export const straightThrough = (forward: Value, backward: Value) =>
  applyComposite("straightThrough", [forward, backward], {});

/**
 * Multi-head scaled dot-product attention.
 *
 * @param query [batch, frames, dim]
 * @param key [batch, keys, dim]
 * @param value [batch, keys, dim]
 * @param bias added to the scores before the softmax; broadcastable to [batch, heads, frames, keys]
 * @returns [batch, frames, dim]
 */
export const attention = (query: Value, key: Value, value: Value, heads: number, bias?: Value) =>
  applyComposite("attention", bias ? [query, key, value, bias] : [query, key, value], { heads });

/** Mean over `axes`, which stay with length 1. */
export function mean(x: Value, axes: readonly number[]): Value {
  const count = axes.reduce<Dim>((n, axis) => mulDims(n, x.shape.at(axis) ?? 1), 1);
  return typeof count === "number" ? mul(sum(x, axes), 1 / count) : div(sum(x, axes), constant(count));
}
