// Shape and dtype of every op's result; also the check that its inputs fit.
import {
  addDims,
  floorDivDim,
  formatDim,
  formatShape,
  mulDims,
  sameDim,
  sameShape,
  sizeOf,
  subDims,
  type Dim,
  type Shape,
} from "./dim.js";
import type { DType } from "./dtype.js";
import { ShapeError } from "./errors.js";
import type { Attrs, Conv1dAttrs, OpName, PerInput } from "./ops.js";

/** All that a rule may know of an input. */
export interface TypedShape {
  readonly shape: Shape;
  readonly dtype: DType;
}
type ShapeRules = { [N in OpName]: (inputs: PerInput<N, TypedShape>, attrs: Attrs<N>) => TypedShape };

export const shapeRules: ShapeRules = {
  constant: (_, { shape, dtype }) => ({ shape, dtype }),
  iota: (_, { shape, axis }) => {
    dimAt("iota", shape, axis);
    return { shape, dtype: "int32" };
  },
  neg: ([x]) => number("neg", x),
  abs: ([x]) => number("abs", x),
  exp: ([x]) => float("exp", x),
  log: ([x]) => float("log", x),
  sqrt: ([x]) => float("sqrt", x),
  sin: ([x]) => float("sin", x),
  cos: ([x]) => float("cos", x),
  tanh: ([x]) => float("tanh", x),
  erf: ([x]) => float("erf", x),
  floor: ([x]) => float("floor", x),
  add: ([a, b]) => same("add", number("add", a), b),
  sub: ([a, b]) => same("sub", number("sub", a), b),
  mul: ([a, b]) => same("mul", number("mul", a), b),
  div: ([a, b]) => same("div", number("div", a), b),
  maximum: ([a, b]) => same("maximum", number("maximum", a), b),
  minimum: ([a, b]) => same("minimum", number("minimum", a), b),
  less: ([a, b]) => ({ shape: same("less", number("less", a), b).shape, dtype: "bool" }),
  equal: ([a, b]) => ({ shape: same("equal", number("equal", a), b).shape, dtype: "bool" }),
  and: ([a, b]) => same("and", ofType("and", a, "bool"), b),
  not: ([x]) => ofType("not", x, "bool"),
  where: ([condition, a, b]) => {
    ofType("where", condition, "bool");
    if (!sameShape(condition.shape, a.shape)) mismatch("where", condition, a);
    return same("where", a, b);
  },
  cast: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  matMul: ([a, b]) => {
    float("matMul", a);
    float("matMul", b);
    const rank = a.shape.length;
    const fits =
      rank >= 2 &&
      rank === b.shape.length &&
      sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)) &&
      sameDim(a.shape[rank - 1]!, b.shape[rank - 2]!);
    if (!fits) {
      fail(
        `matMul: got ${formatShape(a.shape)} and ${formatShape(b.shape)}; expected [...b, m, k] and [...b, k, n]`,
      );
    }
    return { shape: [...a.shape.slice(0, -1), b.shape[rank - 1]!], dtype: "float32" };
  },
  conv1d: ([x, w], attrs) => {
    const [batch, channels, time] = rank3("conv1d input", x);
    const [out, perGroup, kernel] = rank3("conv1d weight", w);
    checkConv1d(attrs);
    if (!sameDim(channels, mulDims(perGroup, attrs.groups))) {
      fail(
        `conv1d: input has ${formatDim(channels)} channels, weight ${formatShape(w.shape)} with ${attrs.groups} groups ` +
          `expects ${formatDim(mulDims(perGroup, attrs.groups))}; check the previous stage's output`,
      );
    }
    if (typeof out === "number" && out % attrs.groups !== 0) {
      fail(`conv1d: ${out} output channels do not divide into ${attrs.groups} groups`);
    }
    return { shape: [batch, out, convTime(time, kernel, attrs)], dtype: "float32" };
  },
  conv1dInputGradient: ([dy, w], attrs) => {
    const [batch, channels, frames] = rank3("conv1dInputGradient dy", dy);
    const [out, perGroup, kernel] = rank3("conv1dInputGradient weight", w);
    if (!sameDim(channels, out) || !sameDim(frames, convTime(attrs.time, kernel, attrs))) {
      fail(
        `conv1dInputGradient: dy ${formatShape(dy.shape)} is no output of weight ${formatShape(w.shape)} over ${formatDim(attrs.time)} steps`,
      );
    }
    return { shape: [batch, mulDims(perGroup, attrs.groups), attrs.time], dtype: "float32" };
  },
  conv1dWeightGradient: ([x, dy], attrs) => {
    const [batch, channels, time] = rank3("conv1dWeightGradient x", x);
    const [batchOut, out, frames] = rank3("conv1dWeightGradient dy", dy);
    if (!sameDim(batch, batchOut) || !sameDim(frames, convTime(time, attrs.kernel, attrs))) {
      fail(
        `conv1dWeightGradient: dy ${formatShape(dy.shape)} is no output of x ${formatShape(x.shape)} with kernel ${attrs.kernel}`,
      );
    }
    return { shape: [out, floorDivDim(channels, attrs.groups), attrs.kernel], dtype: "float32" };
  },
  sum: ([x], { axes }) => ({ ...float("sum", x), shape: reduced("sum", x.shape, axes) }),
  max: ([x], { axes }) => ({ ...float("max", x), shape: reduced("max", x.shape, axes) }),
  argMax: ([x], { axis }) => ({ shape: reduced("argMax", float("argMax", x).shape, [axis]), dtype: "int32" }),
  reshape: ([x], { shape }) => {
    if (!sameDim(sizeOf(x.shape), sizeOf(shape))) {
      fail(
        `reshape: ${formatShape(x.shape)} has ${formatDim(sizeOf(x.shape))} elements, ${formatShape(shape)} has ${formatDim(sizeOf(shape))}`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  transpose: ([x], { order }) => {
    if (order.length !== x.shape.length || new Set(order).size !== order.length) {
      fail(
        `transpose: order [${order.join(", ")}] is no permutation of the ${x.shape.length} axes of ${formatShape(x.shape)}`,
      );
    }
    return { shape: order.map((axis) => dimAt("transpose", x.shape, axis)), dtype: x.dtype };
  },
  expand: ([x], { shape }) => {
    const grows =
      x.shape.length === shape.length &&
      x.shape.every((dim, axis) => dim === 1 || sameDim(dim, shape[axis]!));
    if (!grows)
      fail(
        `expand: cannot expand ${formatShape(x.shape)} to ${formatShape(shape)}; only axes of length 1 grow`,
      );
    return { shape, dtype: x.dtype };
  },
  slice: ([x], { axis, start, end, step }) => {
    dimAt("slice", x.shape, axis);
    if (!Number.isInteger(step) || step < 1)
      fail(`slice: step is ${step}; expected a whole number of at least 1`);
    const length = subDims(end, start);
    if (typeof length === "number" && length < 0)
      fail(`slice: ${formatDim(start)} to ${formatDim(end)} is empty backwards`);
    const count = step === 1 ? length : addDims(floorDivDim(subDims(length, 1), step), 1);
    return { shape: x.shape.with(axis, count), dtype: x.dtype };
  },
  pad: ([x], { axis, before, after }) => ({
    shape: x.shape.with(axis, addDims(dimAt("pad", x.shape, axis), addDims(before, after))),
    dtype: float("pad", x).dtype,
  }),
  concat: (parts, { axis }) => {
    const [first, ...others] = parts;
    if (!first) return fail("concat: got no inputs; expected at least one");
    let length = dimAt("concat", first.shape, axis);
    for (const part of others) {
      const fits =
        part.dtype === first.dtype && sameShape(part.shape.with(axis, 0), first.shape.with(axis, 0));
      if (!fits) mismatch("concat", first, part);
      length = addDims(length, part.shape[axis]!);
    }
    return { shape: first.shape.with(axis, length), dtype: first.dtype };
  },
  gather: ([x, index]) => {
    ofType("gather", index, "int32");
    dimAt("gather", x.shape, 0);
    return { shape: [...index.shape, ...x.shape.slice(1)], dtype: x.dtype };
  },
  forwardAlgorithm: ([emissions, skips]) => {
    const [batch, , states] = rank3("forwardAlgorithm", emissions);
    if (!sameShape(float("forwardAlgorithm", skips).shape, [batch, states]))
      mismatch("forwardAlgorithm", emissions, skips);
    return { shape: emissions.shape, dtype: emissions.dtype };
  },
  scatterAdd: ([index, updates], { rows }) => {
    ofType("scatterAdd", index, "int32");
    const rank = index.shape.length;
    if (!sameShape(index.shape, updates.shape.slice(0, rank))) mismatch("scatterAdd", index, updates);
    return { shape: [rows, ...updates.shape.slice(rank)], dtype: float("scatterAdd", updates).dtype };
  },
};

/** Steps that a convolution makes over `time`: floor((time + padding - reach) / stride) + 1. */
function convTime(time: Dim, kernel: Dim, { stride, padding, dilation }: Conv1dAttrs): Dim {
  const reach = addDims(mulDims(subDims(kernel, 1), dilation), 1);
  return addDims(floorDivDim(subDims(addDims(time, padding[0] + padding[1]), reach), stride), 1);
}

function checkConv1d({ stride, dilation, groups, padding }: Conv1dAttrs): void {
  const whole = [stride, dilation, groups].every((n) => Number.isInteger(n) && n >= 1);
  if (!whole || padding.some((n) => !Number.isInteger(n) || n < 0)) {
    fail(
      `conv1d: stride ${stride}, dilation ${dilation}, groups ${groups}, padding ${padding.join(" and ")}; expected whole numbers, padding from 0, others from 1`,
    );
  }
}

function rank3(what: string, { shape, dtype }: TypedShape): [Dim, Dim, Dim] {
  if (shape.length !== 3 || dtype !== "float32")
    fail(`${what}: got ${dtype}${formatShape(shape)}; expected a float32 shape of 3 axes`);
  return shape as unknown as [Dim, Dim, Dim]; // length checked above
}

function reduced(op: string, shape: Shape, axes: readonly number[]): Shape {
  for (const axis of axes) dimAt(op, shape, axis);
  return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}

function same(op: string, a: TypedShape, b: TypedShape): TypedShape {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) mismatch(op, a, b);
  return { shape: a.shape, dtype: a.dtype };
}

function mismatch(op: string, a: TypedShape, b: TypedShape): never {
  return fail(
    `${op}: got ${a.dtype}${formatShape(a.shape)} and ${b.dtype}${formatShape(b.shape)}; they must match, call expand() or cast() first`,
  );
}

function float(op: string, x: TypedShape): TypedShape {
  return ofType(op, x, "float32");
}

function number(op: string, x: TypedShape): TypedShape {
  if (x.dtype === "bool") fail(`${op}: got bool${formatShape(x.shape)}; expected numbers, call cast() first`);
  return { shape: x.shape, dtype: x.dtype };
}

function ofType(op: string, x: TypedShape, dtype: DType): TypedShape {
  if (x.dtype !== dtype)
    fail(`${op}: got ${x.dtype}${formatShape(x.shape)}; expected ${dtype}, call cast() first`);
  return { shape: x.shape, dtype: x.dtype };
}

function dimAt(op: string, shape: Shape, axis: number): Dim {
  return shape[axis] ?? fail(`${op}: axis ${axis} does not exist in ${formatShape(shape)}`);
}

function fail(message: string): never {
  throw new ShapeError(message);
}
