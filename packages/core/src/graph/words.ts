// The vocabulary in which models are written: one function per primitive, with broadcasting made explicit.
import { formatShape, sameDim, sameShape, type Dim, type Shape } from "./dim.js";
import type { DType } from "./dtype.js";
import { ShapeError } from "./errors.js";
import { apply, type Value } from "./graph.js";
import type { Conv1dAttrs } from "./ops.js";

/** A value or a number; numbers take the shape and dtype of the other operand. */
export type Operand = Value | number;

/** A value of one number; a symbolic `value` is a length that the program knows when it runs. */
export const constant = (value: Dim, shape: Shape = [], dtype: DType = "float32") =>
  apply("constant", [], { value, shape, dtype });
/** int32 index of each element along `axis`. */
export const iota = (shape: Shape, axis: number) => apply("iota", [], { shape, axis });

export const neg = (x: Value) => apply("neg", [x], {});
export const abs = (x: Value) => apply("abs", [x], {});
export const exp = (x: Value) => apply("exp", [x], {});
export const log = (x: Value) => apply("log", [x], {});
export const sqrt = (x: Value) => apply("sqrt", [x], {});
export const sin = (x: Value) => apply("sin", [x], {});
export const cos = (x: Value) => apply("cos", [x], {});
export const tanh = (x: Value) => apply("tanh", [x], {});
export const erf = (x: Value) => apply("erf", [x], {});
export const floor = (x: Value) => apply("floor", [x], {});

export const add = (a: Operand, b: Operand) => apply("add", pair(a, b), {});
export const sub = (a: Operand, b: Operand) => apply("sub", pair(a, b), {});
export const mul = (a: Operand, b: Operand) => apply("mul", pair(a, b), {});
export const div = (a: Operand, b: Operand) => apply("div", pair(a, b), {});
export const maximum = (a: Operand, b: Operand) => apply("maximum", pair(a, b), {});
export const minimum = (a: Operand, b: Operand) => apply("minimum", pair(a, b), {});
export const less = (a: Operand, b: Operand) => apply("less", pair(a, b), {});
export const equal = (a: Operand, b: Operand) => apply("equal", pair(a, b), {});
export const and = (a: Value, b: Value) => apply("and", pair(a, b), {});
export const not = (x: Value) => apply("not", [x], {});
export const cast = (x: Value, dtype: DType) => (x.dtype === dtype ? x : apply("cast", [x], { dtype }));

/** Picks `a` where `condition` holds, else `b`. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const [x, y] = typeof a === "number" && typeof b === "number" ? [constant(a), constant(b)] : pair(a, b);
  const shape = broadcastShape(condition.shape, x.shape);
  return apply("where", [broadcastTo(condition, shape), broadcastTo(x, shape), broadcastTo(y, shape)], {});
}

/** [...b, m, k] * [...b, k, n]; leading axes broadcast. */
export function matMul(a: Value, b: Value): Value {
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return apply(
    "matMul",
    [broadcastTo(a, [...lead, ...a.shape.slice(-2)]), broadcastTo(b, [...lead, ...b.shape.slice(-2)])],
    {},
  );
}

/** [batch, cin, time] * [cout, cin / groups, kernel] -> [batch, cout, frames] */
export function conv1d(x: Value, weight: Value, attrs: Partial<Conv1dAttrs> = {}): Value {
  return apply("conv1d", [x, weight], { stride: 1, padding: [0, 0], dilation: 1, groups: 1, ...attrs });
}

/**
 * The forward algorithm on a chain of states, frame by frame and in the log domain: result(t, s) is the emission plus
 * the log of the sum of exp a(t-1, s), exp a(t-1, s-1) and exp (a(t-1, s-2) + skip(s)), where a(t) is result(t) less its
 * log-sum over the states. So a(t, s) = log p(state s | frames up to t), and the log-sum is log p(frame t | those before).
 * Before the first frame all is in state 0. States out of reach are at `UNREACHABLE` or below.
 *
 * @param emissions [batch, frames, states] log-probabilities of each frame in each state, finite
 * @param skips [batch, states] what it costs to come from two states before: 0, or UNREACHABLE where that is not allowed
 * @returns [batch, frames, states]
 * @see Rabiner 1989, sections III.A and V.A; Graves et al. 2006, section 4.1
 */
export const forwardAlgorithm = (emissions: Value, skips: Value) =>
  apply("forwardAlgorithm", [emissions, skips], {});
/** Stands for minus infinity where that would make NaN of a difference: exp of it is 0, and sums of it stay finite. */
export const UNREACHABLE = -1e30;

/** Sums over `axes` (negative counts from the end), which stay with length 1. */
export const sum = (x: Value, axes: readonly number[]) =>
  apply("sum", [x], { axes: axes.map((axis) => wrap(x, axis)) });
export const max = (x: Value, axes: readonly number[]) =>
  apply("max", [x], { axes: axes.map((axis) => wrap(x, axis)) });
export const argMax = (x: Value, axis: number) => apply("argMax", [x], { axis: wrap(x, axis) });

export const reshape = (x: Value, shape: Shape) =>
  sameShape(x.shape, shape) ? x : apply("reshape", [x], { shape });
export const transpose = (x: Value, order: readonly number[]) => apply("transpose", [x], { order });
export const expand = (x: Value, shape: Shape) =>
  sameShape(x.shape, shape) ? x : apply("expand", [x], { shape });
/** Elements `start` (included) to `end` (excluded) of an axis, every `step`-th. */
export const slice = (x: Value, axis: number, start: Dim, end: Dim, step = 1) =>
  apply("slice", [x], { axis: wrap(x, axis), start, end, step });
export const pad = (x: Value, axis: number, before: Dim, after: Dim, value = 0) =>
  apply("pad", [x], { axis: wrap(x, axis), before, after, value });
export const concat = (parts: readonly Value[], axis: number) =>
  apply("concat", parts, { axis: axis < 0 ? axis + (parts[0]?.shape.length ?? 0) : axis });
/** Rows of x: [rows, ...rest] by int32 [...index] -> [...index, ...rest] */
export const gather = (x: Value, index: Value) => apply("gather", [x, index], {});
/** Adds each update to its row of a zero [rows, ...rest]. */
export const scatterAdd = (index: Value, updates: Value, rows: Dim) =>
  apply("scatterAdd", [index, updates], { rows });

/** Gives x the shape by adding leading axes of length 1 and growing axes of length 1. */
export function broadcastTo(x: Value, shape: Shape): Value {
  const missing = shape.length - x.shape.length;
  const lifted = missing > 0 ? reshape(x, [...new Array<number>(missing).fill(1), ...x.shape]) : x;
  return expand(lifted, shape);
}

/** @throws ShapeError if an axis differs and neither length is 1 */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === 1) return y;
    if (y === 1 || sameDim(x, y)) return x;
    throw new ShapeError(
      `broadcast: got ${formatShape(a)} and ${formatShape(b)}; axes must be equal or of length 1`,
    );
  });
}

function pair(a: Operand, b: Operand): readonly [Value, Value] {
  if (typeof a === "number") {
    if (typeof b === "number") return [constant(a), constant(b)];
    return [broadcastTo(constant(a, [], b.dtype), b.shape), b];
  }
  const y = typeof b === "number" ? constant(b, [], a.dtype) : b;
  const shape = broadcastShape(a.shape, y.shape);
  return [broadcastTo(a, shape), broadcastTo(y, shape)];
}

function wrap(x: Value, axis: number): number {
  return axis < 0 ? axis + x.shape.length : axis;
}
