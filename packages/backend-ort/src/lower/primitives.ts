// How each primitive becomes ONNX nodes; the table is total, so a new op does not compile until it has a row.
import { addDims, type Dim, type OpName, type PerInput, type Value } from "@wav2vec/core";
import { ONNX_TYPES } from "../onnx/messages.js";
import { conv1d, conv1dInputGradient, conv1dWeightGradient } from "./convolution.js";
import { onnxType, type Emitter } from "./emitter.js";
import { forwardAlgorithm } from "./forward-algorithm.js";
import { pointwise } from "./pointwise.js";
import { cosine, sine } from "./sine.js";
import { beforeExpand, padded, reshaped, sliced, unexpanded, type OpCall, type Operand } from "./operand.js";

/** Adds the nodes of one op and returns the name of the result. */
type Lowering<N extends OpName> = (inputs: PerInput<N, Operand>, call: OpCall<N>, emit: Emitter) => string;

export const primitives: { readonly [N in OpName]: Lowering<N> } = {
  constant: (_, { attrs: { value, shape }, dtype }, emit) => {
    const scalar =
      typeof value === "number" ? emit.fill(value, [], onnxType(dtype)) : length(emit, value, dtype);
    return shape.length === 0 ? scalar : emit.node("Expand", [scalar, emit.lengths(shape)]);
  },
  iota: (_, { shape, attrs: { axis } }, emit) => {
    const end = emit.node("Squeeze", [emit.lengths([shape[axis]!])]);
    const range = emit.node("Range", [emit.fill(0, [], "int64"), end, emit.fill(1, [], "int64")]);
    const column = shape.map((_dim, i) => (i === axis ? -1 : 1));
    const lifted = emit.node("Reshape", [cast(emit, range, "int32"), emit.integers(column)]);
    return emit.node("Expand", [lifted, emit.lengths(shape)]);
  },
  neg: ([x], _, emit) => pointwise(emit, "Neg", x),
  abs: ([x], _, emit) => pointwise(emit, "Abs", x),
  exp: ([x], _, emit) => pointwise(emit, "Exp", x),
  log: ([x], _, emit) => pointwise(emit, "Log", x),
  sqrt: ([x], _, emit) => pointwise(emit, "Sqrt", x),
  sin: ([x], _, emit) => sine(x, emit),
  cos: ([x], _, emit) => cosine(x, emit),
  tanh: ([x], _, emit) => pointwise(emit, "Tanh", x),
  erf: ([x], _, emit) => pointwise(emit, "Erf", x),
  floor: ([x], _, emit) => pointwise(emit, "Floor", x),
  add: (inputs, _, emit) => add(inputs, emit),
  sub: (inputs, _, emit) => emit.node("Sub", unexpanded(emit, inputs)),
  mul: (inputs, _, emit) => emit.node("Mul", unexpanded(emit, inputs)),
  div: (inputs, _, emit) => emit.node("Div", unexpanded(emit, inputs)),
  maximum: (inputs, _, emit) => emit.node("Max", unexpanded(emit, inputs)),
  minimum: (inputs, _, emit) => emit.node("Min", unexpanded(emit, inputs)),
  less: (inputs, _, emit) => emit.node("Less", unexpanded(emit, inputs)),
  equal: (inputs, _, emit) => emit.node("Equal", unexpanded(emit, inputs)),
  and: (inputs, _, emit) => emit.node("And", unexpanded(emit, inputs)),
  not: ([x], _, emit) => emit.node("Not", [x.name]),
  where: (inputs, { dtype }, emit) => {
    const [condition, a, b] = unexpanded(emit, inputs) as [string, string, string]; // as many as went in
    if (dtype !== "bool") return emit.node("Where", [condition, a, b]);
    // ONNX Runtime has no Where for bool.
    const otherwise = emit.node("And", [emit.node("Not", [condition]), b]);
    return emit.node("Or", [emit.node("And", [condition, a]), otherwise]);
  },
  cast: ([x], { dtype }, emit) => cast(emit, x.name, dtype),
  matMul: (inputs, _, emit) => emit.node("MatMul", unexpanded(emit, inputs, 2)),
  conv1d,
  conv1dInputGradient,
  conv1dWeightGradient,
  sum,
  max: ([x], { attrs: { axes } }, emit) => reduce(emit, "ReduceMax", x, axes),
  argMax: ([x], { attrs: { axis } }, emit) =>
    cast(emit, emit.node("ArgMax", [x.name], { axis, keepdims: 1 }), "int32"),
  forwardAlgorithm,
  reshape: ([x], { shape }, emit) => reshaped(emit, x.name, x.shape, shape),
  transpose: ([x], { attrs: { order } }, emit) => emit.transpose(x.name, order),
  expand: ([x], { shape }, emit) => emit.node("Expand", [x.name, emit.lengths(shape)]),
  slice: ([x], { attrs: { axis, start, end, step } }, emit) => sliced(emit, x.name, axis, start, end, step),
  pad,
  concat: (parts, { attrs: { axis } }, emit) =>
    emit.node(
      "Concat",
      parts.map(({ name }) => name),
      { axis },
    ),
  gather: ([x, index], _, emit) => emit.node("Gather", [x.name, index.name], { axis: 0 }),
  scatterAdd: ([index, updates], { shape }, emit) => {
    const zeros = emit.node("Expand", [emit.fill(0, [], "float32"), emit.lengths(shape)]);
    const rows = emit.node("Unsqueeze", [
      cast(emit, index.name, "int64"),
      emit.integers([index.shape.length]),
    ]);
    return emit.node("ScatterND", [zeros, rows, updates.name], { reduction: "add" });
  },
};

/** A sum; an image plus a number per channel stays an image, so that ONNX Runtime adds it in the convolution. */
function add(inputs: readonly [Operand, Operand], emit: Emitter): string {
  const [x, bias] = unexpanded(emit, inputs) as [string, string]; // as many as went in
  const from = beforeExpand(inputs[1].value).shape;
  if (!emit.isImage(x) || from.length !== 2 || from[1] !== 1) return emit.node("Add", [x, bias]);
  const perChannel = reshaped(emit, bias, from, [from[0]!, 1, 1]);
  return emit.fromImage(emit.node("Add", [emit.image(x), perChannel]));
}

function cast(emit: Emitter, x: string, type: keyof typeof ONNX_TYPES): string {
  return emit.node("Cast", [x], { to: ONNX_TYPES[type] });
}

/** A length as a number of the graph. */
function length(emit: Emitter, value: Dim, type: keyof typeof ONNX_TYPES): string {
  return cast(emit, emit.node("Squeeze", [emit.lengths([value])]), type);
}

/** Zeros around several axes are one node, which reads once. */
function pad([x]: readonly [Operand], { attrs }: OpCall<"pad">, emit: Emitter): string {
  const rank = x.shape.length;
  const before = new Array<Dim>(rank).fill(0);
  const after = new Array<Dim>(rank).fill(0);
  let inner: Value = x.value;
  let { axis } = attrs;
  [before[axis], after[axis]] = [attrs.before, attrs.after];
  while (inner.kind === "op" && inner.op === "pad" && inner.attrs.value === attrs.value) {
    ({ axis } = inner.attrs);
    before[axis] = addDims(before[axis]!, inner.attrs.before);
    after[axis] = addDims(after[axis]!, inner.attrs.after);
    inner = inner.inputs[0];
  }
  return padded(emit, emit.nameOf(inner), before, after, attrs.value);
}

/**
 * A sum. Measured on the processor: that of all squares without squares in memory, that of rows as a product with ones,
 * which reads once what ReduceSum takes three times as long for.
 */
function sum([x]: readonly [Operand], { attrs: { axes } }: OpCall<"sum">, emit: Emitter): string {
  const { value, shape } = x;
  const squared = value.kind === "op" && value.op === "mul" && value.inputs[0] === value.inputs[1];
  if (squared && emit.target === "cpu" && axes.length === shape.length && axes.length > 0)
    return reduce(emit, "ReduceSumSquare", { ...x, name: emit.nameOf(value.inputs[0]) }, axes);
  const isRows = shape.length === 2 && axes.length === 1 && axes[0] === 0;
  if (!isRows || emit.target !== "cpu") return reduce(emit, "ReduceSum", x, axes);
  const ones = emit.node("Expand", [emit.fill(1, [], "float32"), emit.lengths([1, x.shape[0]!])]);
  return emit.node("MatMul", [ones, x.name]);
}

function reduce(emit: Emitter, opType: string, x: Operand, axes: readonly number[]): string {
  return axes.length === 0 ? x.name : emit.node(opType, [x.name, emit.integers(axes)], { keepdims: 1 });
}
