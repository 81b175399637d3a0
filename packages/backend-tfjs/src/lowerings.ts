// Every op as calls of TensorFlow.js: one table, total by type.
import { ShapeError, type Attrs, type OpName, type PerInput } from "@wav2vec/core";
import { conv1d, conv1dInputGradient, conv1dWeightGradient } from "./convolutions.js";
import { binary, extremum, truncatedDiv, unary } from "./elementwise.js";
import { forwardAlgorithm } from "./forward-algorithm.js";
import { aroundAxis, count, sameHandle, sliceMiddle } from "./layout.js";
import { full, type Arranged, type Call, type Operand } from "./operand.js";
import { readsTransposed, stackedProduct, type Factor } from "./products.js";
import { argMax, maxAround, reduce, sumAround } from "./reductions.js";
import { cos, sin } from "./sine.js";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** A rule gives a tensor in the natural order of axes, or says which order it gives. */
type Lowerings = {
  [N in OpName]: (inputs: PerInput<N, Operand>, call: Call<Attrs<N>>) => TfTensor | Arranged;
};

export const lowerings: Lowerings = {
  // Constants stay one element; kernels broadcast it.
  constant: (_, { tf, shape, dtype, attrs, evaluate }) =>
    tf.tensor(
      [evaluate(attrs.value)],
      shape.map(() => 1),
      dtype,
    ),
  iota: (_, { tf, shape, attrs: { axis } }) =>
    tf.reshape(
      tf.range(0, shape[axis]!, 1, "int32"),
      shape.map((dim, at) => (at === axis ? dim : 1)),
    ),
  neg: unary((tf, x) => tf.neg(x)),
  abs: unary((tf, x) => tf.abs(x)),
  exp: unary((tf, x) => tf.exp(x)),
  log: unary((tf, x) => tf.log(x)),
  sqrt: unary((tf, x) => tf.sqrt(x)),
  sin: unary(sin),
  cos: unary(cos),
  tanh: unary((tf, x) => tf.tanh(x)),
  erf: unary((tf, x) => tf.erf(x)),
  floor: unary((tf, x) => tf.floor(x)),
  add: binary((tf, a, b) => tf.add(a, b)),
  sub: binary((tf, a, b) => tf.sub(a, b)),
  mul: binary((tf, a, b) => tf.mul(a, b)),
  div: binary((tf, a, b) => (a.dtype === "int32" ? truncatedDiv(tf, a, b) : tf.div(a, b))),
  maximum: binary(extremum("maximum")),
  minimum: binary(extremum("minimum")),
  less: binary((tf, a, b) => tf.less(a, b)),
  equal: binary((tf, a, b) => tf.equal(a, b)),
  and: binary((tf, a, b) => tf.logicalAnd(a, b)),
  not: unary((tf, x) => tf.logicalNot(x)),
  where: (inputs, { tf, shape, dtype }) => {
    const flat = inputs.map((x) => tf.reshape(full(tf, x), [-1]));
    const [condition, a, b] = flat as [TfTensor, TfTensor, TfTensor]; // one per input
    // wasm's select misreads bools.
    if (dtype === "bool") {
      const ifTrue = tf.logicalAnd(condition, a);
      const ifFalse = tf.logicalAnd(tf.logicalNot(condition), b);
      return tf.reshape(tf.logicalOr(ifTrue, ifFalse), [...shape]);
    }
    return tf.reshape(tf.where(condition, a, b), [...shape]);
  },
  cast: ([{ handle, order, dtype: from }], { tf, attrs: { dtype } }) => {
    if (from === dtype) return { handle: sameHandle(tf, handle), order };
    // wasm's cast of int32 to bool keeps the lowest byte.
    if (dtype === "bool") return { handle: tf.notEqual(handle, tf.scalar(0, from)), order };
    // webgpu's cast keeps the bits of a comparison, which a product then takes for tiny floats.
    if (from === "bool" && dtype === "float32" && tf.getBackend() === "webgpu")
      return { handle: tf.where(handle, tf.scalar(1), tf.scalar(0)), order };
    return { handle: tf.cast(handle, dtype), order };
  },
  matMul: ([a, b], { tf, shape }) => tf.reshape(stackedProduct(tf, factor(tf, a), factor(tf, b)), [...shape]),
  conv1d: ([x, w], { tf, attrs }) => conv1d(tf, x, w, attrs),
  conv1dInputGradient: ([dy, w], { tf, attrs, evaluate }) =>
    conv1dInputGradient(tf, dy, w, evaluate(attrs.time), attrs),
  conv1dWeightGradient: ([x, dy], { tf, attrs }) => conv1dWeightGradient(tf, x, dy, attrs.kernel, attrs),
  sum: ([x], { tf, attrs }) => reduce(tf, x, attrs.axes, (around) => sumAround(tf, around)),
  max: ([x], { tf, attrs }) => reduce(tf, x, attrs.axes, (around) => maxAround(tf, around)),
  argMax: ([x], { tf, attrs }) => argMax(tf, x, attrs.axis),
  forwardAlgorithm: ([emissions, skips], { tf }) =>
    forwardAlgorithm(tf, full(tf, emissions), full(tf, skips)),
  reshape: ([x], { tf, shape }) => tf.reshape(full(tf, x), [...shape]),
  transpose: ([x], { tf, attrs }) => ({
    handle: sameHandle(tf, x.handle),
    order: x.order.map((axis) => attrs.order.indexOf(axis)),
  }),
  expand: ([x], { tf }) => ({ handle: sameHandle(tf, x.handle), order: x.order }),
  slice: ([x], { tf, shape, attrs: { axis, start, end, step }, evaluate }) => {
    const [from, to, length] = [evaluate(start), evaluate(end), x.shape[axis]!];
    if (from < 0 || to > length || to < from)
      throw new ShapeError(`slice: ${from} to ${to} leaves axis ${axis} of [${x.shape.join(", ")}]`);
    const around = aroundAxis(tf, full(tf, x), axis);
    const [before, , after] = around.shape as [number, number, number]; // made by aroundAxis
    if (step === 1) return tf.reshape(sliceMiddle(tf, around, from, to), [...shape]);
    // wasm's strided slice labels every result float32, hence the gather for other types.
    const picked =
      x.dtype === "float32"
        ? tf.stridedSlice(around, [0, from, 0], [before, to, after], [1, step, 1])
        : tf.gather(around, tf.range(from, to, step, "int32"), 1);
    return tf.reshape(picked, [...shape]);
  },
  pad: ([x], { tf, shape, attrs: { axis, before, after, value }, evaluate }) => {
    const paddings: [number, number][] = [
      [0, 0],
      [evaluate(before), evaluate(after)],
      [0, 0],
    ];
    return tf.reshape(tf.pad(aroundAxis(tf, full(tf, x), axis), paddings, value), [...shape]);
  },
  concat: (parts, { tf, shape, attrs: { axis } }) => {
    const filled = parts.filter((x) => count(x.shape) > 0).map((x) => aroundAxis(tf, full(tf, x), axis));
    return tf.reshape(tf.concat(filled, 1), [...shape]);
  },
  gather: ([x, index], { tf, shape }) => {
    const rows = tf.reshape(full(tf, x), [x.shape[0]!, -1]);
    const flat: TfTensor = tf.reshape(full(tf, index), [-1]);
    return tf.reshape(tf.gather(rows, flat as never), [...shape]); // its type asks for the rank that flat has
  },
  scatterAdd: ([index, updates], { tf, shape }) => {
    const rows = count(index.shape);
    const width = count(shape.slice(1));
    const target = tf.reshape(full(tf, index), [rows, 1]);
    const summed = tf.scatterND(target, tf.reshape(full(tf, updates), [rows, width]), [shape[0]!, width]);
    return tf.reshape(summed, [...shape]);
  },
};

/** An operand [...b, rows, columns] as a stack of matrices, transposed if it lies so and the device can read it. */
function factor(tf: TensorFlow, x: Operand): Factor {
  const rank = x.shape.length;
  const lead = count(x.shape.slice(0, -2));
  const swapped = [...x.order.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  const transposed = readsTransposed(tf) && swapped.every((axis, i) => axis === x.order[i]);
  const handle = transposed ? full(tf, x, swapped) : full(tf, x);
  const [rows, columns] = handle.shape.slice(-2) as [number, number]; // rank checked when the graph was built
  return { handle: tf.reshape(handle, [lead, rows, columns]), transposed };
}
