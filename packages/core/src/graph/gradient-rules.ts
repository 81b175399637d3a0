// The derivative of every op: from the gradient of its result to the gradients of its inputs.
import { addDims, floorDivDim, formatDim, mulDims, sameDim, subDims, type Dim, type Shape } from "./dim.js";
import { ShapeError } from "./errors.js";
import { apply, type OpNode, type Value } from "./graph.js";
import type { OpName, PerInput } from "./ops.js";
import {
  cos,
  div,
  equal,
  exp,
  expand,
  gather,
  less,
  matMul,
  mul,
  neg,
  pad,
  reshape,
  scatterAdd,
  sin,
  slice,
  sub,
  sum,
  transpose,
  where,
} from "./words.js";

/**
 * `null` instead of a rule: the op is not differentiable. `null` for an input: no gradient flows there.
 * Rules are written in words, so the result can be differentiated again.
 */
export type GradientRules = {
  readonly [N in OpName]: ((dy: Value, y: OpNode<N>) => PerInput<N, Value | null>) | null;
};

export const gradientRules: GradientRules = {
  constant: null,
  iota: null,
  neg: (dy) => [neg(dy)],
  // sign x, and 0 at 0
  abs: (dy, { inputs: [x] }) => [where(less(x, 0), neg(dy), where(less(0, x), dy, 0))],
  exp: (dy, y) => [mul(dy, y)],
  log: (dy, { inputs: [x] }) => [div(dy, x)],
  sqrt: (dy, y) => [div(mul(dy, 0.5), y)],
  sin: (dy, { inputs: [x] }) => [mul(dy, cos(x))],
  cos: (dy, { inputs: [x] }) => [neg(mul(dy, sin(x)))],
  tanh: (dy, y) => [mul(dy, sub(1, mul(y, y)))],
  // d/dx erf x = 2 / sqrt(pi) * exp(-x^2)
  erf: (dy, { inputs: [x] }) => [mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))],
  floor: null,
  add: (dy) => [dy, dy],
  sub: (dy) => [dy, neg(dy)],
  mul: (dy, { inputs: [a, b] }) => [mul(dy, b), mul(dy, a)],
  // d/db a / b = -(a / b) / b
  div: (dy, y) => [div(dy, y.inputs[1]), neg(div(mul(dy, y), y.inputs[1]))],
  // to the larger; shared equally by equals, as in torch
  maximum: (dy, { inputs: [a, b] }) => shareByOrder(dy, a, b),
  minimum: (dy, { inputs: [a, b] }) => shareByOrder(dy, b, a),
  less: null,
  equal: null,
  and: null,
  not: null,
  where: (dy, { inputs: [condition] }) => [null, where(condition, dy, 0), where(condition, 0, dy)],
  cast: null, // float32 to float32 is never built; the others end or start outside the reals
  matMul: (dy, { inputs: [a, b] }) => [matMul(dy, swapLastAxes(b)), matMul(swapLastAxes(a), dy)],
  conv1d: (dy, { inputs: [x, w], attrs }) => [
    apply("conv1dInputGradient", [dy, w], { ...attrs, time: x.shape[2]! }), // rank 3, checked by its shape rule
    apply("conv1dWeightGradient", [x, dy], { ...attrs, kernel: knownLength(w.shape[2]!) }),
  ],
  conv1dInputGradient: (g, { inputs: [dy, w], attrs: { time: _, ...attrs } }) => [
    apply("conv1d", [g, w], attrs),
    apply("conv1dWeightGradient", [g, dy], { ...attrs, kernel: knownLength(w.shape[2]!) }),
  ],
  conv1dWeightGradient: (g, { inputs: [x, dy], attrs: { kernel: _, ...attrs } }) => [
    apply("conv1dInputGradient", [dy, g], { ...attrs, time: x.shape[2]! }),
    apply("conv1d", [x, g], attrs),
  ],
  sum: (dy, { inputs: [x] }) => [expand(dy, x.shape)],
  // to the largest; shared equally by equals
  max: (dy, y) => {
    const [x] = y.inputs;
    const isMax = where(equal(x, expand(y, x.shape)), 1, 0);
    return [mul(isMax, expand(div(dy, sum(isMax, y.attrs.axes)), x.shape))];
  },
  argMax: null,
  forwardAlgorithm: null, // what needs its gradient runs it backwards and takes the posterior, as CTC does
  reshape: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
  transpose: (dy, { attrs: { order } }) => [
    transpose(
      dy,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  expand: (dy, { inputs: [x], shape }) => [sumOver(dy, grownAxes(x.shape, shape))],
  slice: (dy, { inputs: [x], attrs }) => [unslice(dy, x.shape, attrs)],
  pad: (dy, { inputs: [x], attrs: { axis, before } }) => [
    slice(dy, axis, before, addDims(before, x.shape[axis]!)),
  ],
  concat: (dy, { inputs, attrs: { axis } }) => {
    let start: Dim = 0;
    return inputs.map((x) => {
      const end = addDims(start, x.shape[axis]!);
      const part = slice(dy, axis, start, end);
      start = end;
      return part;
    });
  },
  gather: (dy, { inputs: [x, index] }) => [scatterAdd(index, dy, x.shape[0]!), null],
  scatterAdd: (dy, { inputs: [index] }) => [null, gather(dy, index)],
};

/** Gradients of max(a, b): dy where the input is the larger one, half of it where both are equal. */
function shareByOrder(dy: Value, a: Value, b: Value): [Value, Value] {
  const share = (winner: Value, loser: Value) =>
    where(less(loser, winner), dy, where(less(winner, loser), 0, mul(dy, 0.5)));
  return [share(a, b), share(b, a)];
}

function swapLastAxes(x: Value): Value {
  const rank = x.shape.length;
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

/** A sum in which factors that are the same along its axes, and signs, come after it: a pass less over what is summed. */
function sumOver(x: Value, axes: readonly number[]): Value {
  if (x.kind !== "op" || axes.length === 0) return sum(x, axes);
  if (x.op === "neg") return neg(sumOver(x.inputs[0], axes));
  if (x.op !== "mul") return sum(x, axes);
  for (const [factor, other] of [x.inputs, x.inputs.toReversed()] as [Value, Value][]) {
    const same = factor.kind === "op" && factor.op === "expand" ? factor.inputs[0] : undefined;
    if (!same || axes.some((axis) => same.shape[axis] !== 1)) continue;
    const rest = sumOver(other, axes);
    return mul(rest, expand(same, rest.shape));
  }
  return sum(x, axes);
}

/** Axes that an expand made longer. */
function grownAxes(from: Shape, to: Shape): number[] {
  return to.flatMap((dim, axis) => (sameDim(from[axis]!, dim) ? [] : [axis]));
}

/** Puts dy back where a slice took it from, zeros elsewhere. */
function unslice(dy: Value, shape: Shape, attrs: Omit<OpNode<"slice">["attrs"], "end">): Value {
  const { axis, start, step } = attrs;
  const taken = dy.shape[axis]!;
  const length = shape[axis]!;
  if (step === 1) return pad(dy, axis, start, subDims(subDims(length, start), taken));
  if (typeof start !== "number") {
    const fromStart = unslice(dy, shape.with(axis, subDims(length, start)), { ...attrs, start: 0 });
    return pad(fromStart, axis, start, 0);
  }
  // In rows of `step`: each element in its row, rows of zeros before and behind, then all rows one after another.
  const [lead, tail] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const rows = floorDivDim(addDims(length, step - 1), step);
  const before = Math.floor(start / step);
  const column = start % step;
  const inRows = pad(reshape(dy, [...lead, taken, 1, ...tail]), axis + 1, column, step - 1 - column);
  const all = pad(inRows, axis, before, subDims(subDims(rows, taken), before));
  return slice(reshape(all, [...lead, mulDims(rows, step), ...tail]), axis, 0, length);
}

function knownLength(dim: Dim): number {
  if (typeof dim === "number") return dim;
  throw new ShapeError(
    `gradient: a convolution's kernel has ${formatDim(dim)} taps; expected a known number`,
  );
}
