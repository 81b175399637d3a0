// Every op as plain loops in float64: the specification that real backends are held to.
import type { DType } from "../graph/dtype.js";
import type { Dim } from "../graph/dim.js";
import { ShapeError } from "../graph/errors.js";
import type { Attrs, OpName, PerInput } from "../graph/ops.js";
import { castTo, divide, erf } from "./elementwise.js";
import { forwardAlgorithm } from "./forward-algorithm.js";
import { count, fold, readStrided, stridesOf, writeStrided } from "./layout.js";
import { conv1d, conv1dInputGradient, conv1dWeightGradient, matMul } from "./products.js";

/** One operand: its elements and its actual shape. */
export interface Operand {
  readonly data: Float64Array;
  readonly shape: readonly number[];
  readonly dtype: DType;
}
/** The result wanted: shapes are numbers by now. */
export interface Call<N extends OpName> {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly attrs: Attrs<N>;
  readonly evaluate: (dim: Dim) => number;
}
type Kernels = { [N in OpName]: (inputs: PerInput<N, Operand>, call: Call<N>) => Float64Array };

export const kernels: Kernels = {
  constant: (_, { shape, attrs, evaluate }) => new Float64Array(count(shape)).fill(evaluate(attrs.value)),
  iota: (_, { shape, attrs }) => {
    const axisStride = stridesOf(shape)[attrs.axis]!;
    return new Float64Array(count(shape)).map((_x, i) => Math.floor(i / axisStride) % shape[attrs.axis]!);
  },
  neg: ([{ data }]) => data.map((x) => -x),
  abs: ([{ data }]) => data.map(Math.abs),
  exp: ([{ data }]) => data.map(Math.exp),
  log: ([{ data }]) => data.map(Math.log),
  sqrt: ([{ data }]) => data.map(Math.sqrt),
  sin: ([{ data }]) => data.map(Math.sin),
  cos: ([{ data }]) => data.map(Math.cos),
  tanh: ([{ data }]) => data.map(Math.tanh),
  erf: ([{ data }]) => data.map(erf),
  floor: ([{ data }]) => data.map(Math.floor),
  add: ([a, b]) => a.data.map((x, i) => x + b.data[i]!),
  sub: ([a, b]) => a.data.map((x, i) => x - b.data[i]!),
  mul: ([a, b]) => a.data.map((x, i) => x * b.data[i]!),
  div: ([a, b], { dtype }) => a.data.map((x, i) => divide(x, b.data[i]!, dtype)),
  maximum: ([a, b]) => a.data.map((x, i) => Math.max(x, b.data[i]!)),
  minimum: ([a, b]) => a.data.map((x, i) => Math.min(x, b.data[i]!)),
  less: ([a, b]) => a.data.map((x, i) => Number(x < b.data[i]!)),
  equal: ([a, b]) => a.data.map((x, i) => Number(x === b.data[i]!)),
  and: ([a, b]) => a.data.map((x, i) => x * b.data[i]!),
  not: ([{ data }]) => data.map((x) => 1 - x),
  where: ([condition, a, b]) => condition.data.map((x, i) => (x ? a.data[i]! : b.data[i]!)),
  cast: ([{ data }], { attrs }) => data.map((x) => castTo(x, attrs.dtype)),
  matMul: ([a, b]) => {
    const [m, k] = a.shape.slice(-2) as [number, number]; // rank checked when the graph was built
    return matMul(a.data, b.data, count(a.shape.slice(0, -2)), m, k, b.shape.at(-1)!);
  },
  conv1d: ([x, w], { shape, attrs }) => conv1d(x.data, w.data, convSizes(x.shape, w.shape, shape), attrs),
  conv1dInputGradient: ([dy, w], { shape, attrs }) =>
    conv1dInputGradient(dy.data, w.data, convSizes(shape, w.shape, dy.shape), attrs),
  conv1dWeightGradient: ([x, dy], { shape, attrs }) =>
    conv1dWeightGradient(x.data, dy.data, convSizes(x.shape, shape, dy.shape), attrs),
  sum: ([{ data, shape: from }], { shape }) => fold(data, from, shape, 0, (sofar, x) => sofar + x),
  max: ([{ data, shape: from }], { shape }) => fold(data, from, shape, -Infinity, Math.max),
  argMax: ([{ data, shape: from }], { attrs: { axis } }) => {
    const length = from[axis]!;
    const inner = count(from.slice(axis + 1));
    return new Float64Array(data.length / length).map((_x, i) => {
      const start = Math.floor(i / inner) * length * inner + (i % inner);
      let best = 0;
      for (let j = 1; j < length; j++) if (data[start + j * inner]! > data[start + best * inner]!) best = j;
      return best;
    });
  },
  forwardAlgorithm: ([emissions, skips], { shape }) =>
    forwardAlgorithm(emissions.data, skips.data, shape as [number, number, number]), // rank checked when the graph was built
  reshape: ([{ data }]) => data,
  transpose: ([x], { shape, attrs: { order } }) => {
    const strides = stridesOf(x.shape);
    return readStrided(
      x.data,
      shape,
      order.map((axis) => strides[axis]!),
    );
  },
  expand: ([x], { shape }) =>
    readStrided(
      x.data,
      shape,
      stridesOf(x.shape).map((stride, axis) => (x.shape[axis] === 1 ? 0 : stride)),
    ),
  slice: ([x], { shape, attrs: { axis, start, end, step }, evaluate }) => {
    const strides = stridesOf(x.shape);
    const [from, to] = [evaluate(start), evaluate(end)];
    if (from < 0 || to > x.shape[axis]! || to < from) {
      throw new ShapeError(`slice: ${from} to ${to} leaves axis ${axis} of [${x.shape.join(", ")}]`);
    }
    return readStrided(x.data, shape, strides.with(axis, strides[axis]! * step), from * strides[axis]!);
  },
  pad: ([x], { shape, attrs: { axis, before, value }, evaluate }) => {
    const y = new Float64Array(count(shape)).fill(value);
    const strides = stridesOf(shape);
    writeStrided(x.data, y, x.shape, strides, evaluate(before) * strides[axis]!);
    return y;
  },
  concat: (parts, { shape, attrs: { axis } }) => {
    const y = new Float64Array(count(shape));
    const strides = stridesOf(shape);
    let offset = 0;
    for (const part of parts) {
      writeStrided(part.data, y, part.shape, strides, offset);
      offset += part.shape[axis]! * strides[axis]!;
    }
    return y;
  },
  gather: ([x, index], { shape }) => {
    const width = count(x.shape.slice(1));
    const y = new Float64Array(count(shape));
    index.data.forEach((row, i) => y.set(rowOf("gather", x.data, x.shape[0]!, width, row), i * width));
    return y;
  },
  scatterAdd: ([index, updates], { shape }) => {
    const y = new Float64Array(count(shape));
    const width = count(shape.slice(1));
    index.data.forEach((row, i) => {
      const target = rowOf("scatterAdd", y, shape[0]!, width, row);
      for (let j = 0; j < width; j++) target[j]! += updates.data[i * width + j]!;
    });
    return y;
  },
};

function rowOf(op: string, data: Float64Array, rows: number, width: number, row: number): Float64Array {
  if (row < 0 || row >= rows) throw new ShapeError(`${op}: row ${row} does not exist; there are ${rows}`);
  return data.subarray(row * width, (row + 1) * width);
}

function convSizes(x: readonly number[], w: readonly number[], y: readonly number[]) {
  return { batch: x[0]!, cin: x[1]!, time: x[2]!, cout: w[0]!, kernel: w[2]!, frames: y[2]! };
}
