// What kernels of some runtimes get wrong or do not have: many axes, moved and expanded operands, long sums, NaN.
import {
  add,
  argMax,
  attention,
  cast,
  concat,
  cos,
  div,
  exp,
  expand,
  gather,
  layerNorm,
  less,
  linear,
  logSoftmax,
  matMul,
  maximum,
  minimum,
  mul,
  pad,
  relu,
  reshape,
  scatterAdd,
  sin,
  slice,
  softmax,
  sub,
  sum,
  transpose,
  where,
} from "@wav2vec/core";
import { bools, exactly, integers, opCase, spread } from "../op-case.js";

const seven = spread([2, 1, 2, 3, 1, 2, 2]);
const other = spread([2, 2, 1, 3, 2, 2, 1]);
const angles = exactly([7], [0, 1.5, -3.1, 7, 100, -1000.5, 4999]);
const orders = exactly([5], [NaN, 1, -1, NaN, 0]);
const still = { differentiable: false };

export const unusualCases = [
  opCase("add with seven axes that expand by turns", { a: seven, b: other }, ({ a, b }) => add(a, b)),
  opCase("expand of every second of seven axes", { x: seven }, ({ x }) =>
    reshape(expand(x, [2, 3, 2, 3, 4, 2, 2]), [576]),
  ),
  opCase("transpose of seven axes", { x: seven }, ({ x }) => transpose(x, [6, 0, 2, 1, 5, 3, 4])),
  opCase("transpose of a scrambled transpose", { x: spread([2, 3, 4, 5]) }, ({ x }) =>
    sum(transpose(transpose(x, [3, 1, 0, 2]), [1, 0, 3, 2]), [1, 3]),
  ),
  opCase("sum over axes that are no neighbours", { x: seven }, ({ x }) => sum(x, [0, 3, 6])),
  opCase("sum of what is expanded", { x: spread([3, 1]) }, ({ x }) => sum(expand(x, [3, 5]), [1])),
  opCase("sum of many equal signs", { x: exactly([2, 100_003], [0.1, 0.3, 0.7]) }, ({ x }) => sum(x, [1])),
  opCase("sum over the first of two axes, long", { x: exactly([30_001, 3], [0.1, 0.3, 0.7, 0.2]) }, ({ x }) =>
    sum(x, [0]),
  ),
  opCase("slice of what is expanded", { x: spread([3, 1]) }, ({ x }) => slice(expand(x, [3, 5]), 1, 1, 4)),
  opCase("concat of parts that are empty or moved", { a: spread([2, 0]), b: spread([3, 2]) }, ({ a, b }) =>
    concat([a, transpose(b, [1, 0])], 1),
  ),
  opCase("add of a moved and an unmoved value", { a: spread([4, 3]), b: spread([3, 4]) }, ({ a, b }) =>
    mul(add(a, transpose(b, [1, 0])), transpose(b, [1, 0])),
  ),
  opCase("where with a moved condition", { c: bools([3, 4]), a: spread([4, 3]) }, ({ c, a }) =>
    where(transpose(c, [1, 0]), a, 0),
  ),
  opCase("slice of bools with steps", { x: bools([9]) }, ({ x }) => slice(x, 0, 1, 9, 3)),
  opCase("cast of integers to bool", { x: integers([9], -1, 2) }, ({ x }) => cast(x, "bool")),
  opCase("div of negative integers", { a: integers([30], -50, 50) }, ({ a }) => div(a, -7)),
  opCase("softmax with weight on few", { x: exactly([2, 4], [-1e9, 0, -1e9, 1]) }, ({ x }) => softmax(x)),
  opCase("sin far from zero", { x: angles }, ({ x }) => sin(x), still),
  opCase("cos far from zero", { x: angles }, ({ x }) => cos(x), still),

  // NaN must come out where it went in.
  opCase("add of NaN", { a: orders }, ({ a }) => add(a, 1), still),
  opCase(
    "mul of infinity by zero",
    { a: exactly([3], [Infinity, -Infinity, 1]) },
    ({ a }) => mul(a, 0),
    still,
  ),
  opCase(
    "sub of infinity from itself",
    { a: exactly([3], [Infinity, -Infinity, 1]) },
    ({ a }) => sub(a, expand(slice(a, 0, 0, 1), [3])),
    still,
  ),
  opCase("maximum of NaN and a number", { a: orders }, ({ a }) => maximum(a, 0), still),
  opCase(
    "maximum of a number and NaN",
    { a: orders },
    ({ a }) => maximum(mul(cast(cast(a, "bool"), "float32"), 0), a),
    still,
  ),
  opCase(
    "minimum of a number and NaN",
    { a: orders },
    ({ a }) => minimum(expand(slice(a, 0, 4, 5), [5]), a),
    still,
  ),
  opCase("relu of NaN", { a: orders }, ({ a }) => relu(a), still),
  opCase(
    "sum with NaN in one row",
    { a: exactly([2, 3], [1, NaN, 2, 3, 4, 5]) },
    ({ a }) => sum(a, [1]),
    still,
  ),
  opCase(
    "softmax of a row with NaN",
    { a: exactly([2, 3], [1, NaN, 2, 3, 4, 5]) },
    ({ a }) => softmax(a),
    still,
  ),
  opCase(
    "layerNorm of a row with NaN",
    { a: exactly([2, 3], [1, NaN, 2, 3, 4, 5]), g: spread([3]) },
    ({ a, g }) => layerNorm(a, g, g),
    still,
  ),
  opCase(
    "matMul with NaN in one row",
    { a: exactly([2, 2], [1, NaN, 2, 3]), b: spread([2, 3]) },
    ({ a, b }) => matMul(a, b),
    still,
  ),
  opCase(
    "where that hides NaN",
    { a: orders, c: exactly([5], [0, 1, 1, 0, 1], "bool") },
    ({ a, c }) => where(c, a, 7),
    still,
  ),
  opCase("concat of NaN", { a: orders }, ({ a }) => concat([a, a], 0), still),

  // Nothing in, nothing out.
  opCase("add of empty tensors", { a: spread([2, 0]), b: spread([1, 0]) }, ({ a, b }) => add(a, b), still),
  opCase(
    "matMul over no products",
    { a: spread([2, 0]), b: spread([0, 3]) },
    ({ a, b }) => matMul(a, b),
    still,
  ),
  opCase("matMul of no rows", { a: spread([0, 2]), b: spread([2, 3]) }, ({ a, b }) => matMul(a, b), still),
  opCase("transpose of an empty tensor", { a: spread([2, 0, 3]) }, ({ a }) => transpose(a, [2, 1, 0]), still),
  opCase("expand to nothing", { a: spread([2, 1]) }, ({ a }) => expand(a, [2, 0]), still),
  opCase("pad of an empty tensor", { a: spread([2, 0]) }, ({ a }) => pad(a, 1, 1, 2, 3), still),
  opCase(
    "concat of empty tensors",
    { a: spread([0, 2]), b: spread([0, 2]) },
    ({ a, b }) => concat([a, b], 0),
    still,
  ),
  opCase(
    "gather of no rows",
    { a: spread([4, 2]), index: integers([0], 0, 4) },
    ({ a, index }) => gather(a, index),
    still,
  ),
  opCase(
    "scatterAdd of no rows",
    { a: spread([0, 2]), index: integers([0], 0, 4) },
    ({ a, index }) => scatterAdd(index, a, 3),
    still,
  ),
  opCase("softmax of no rows", { a: spread([0, 3]) }, ({ a }) => softmax(a), still),
  opCase(
    "linear of no rows",
    { a: spread([0, 3]), w: spread([2, 3]), b: spread([2]) },
    ({ a, w, b }) => linear(a, w, b),
    still,
  ),
  opCase("less of empty tensors", { a: spread([0]), b: spread([0]) }, ({ a, b }) => less(a, b), still),

  // Minus infinity hides what must not be seen.
  opCase(
    "logSoftmax with minus infinity",
    { a: exactly([2, 3], [1, -Infinity, 2, -Infinity, 0, -Infinity]) },
    ({ a }) => logSoftmax(a),
    still,
  ),
  opCase(
    "argMax beside minus infinity",
    { a: exactly([2, 3], [-Infinity, -2, -1, -Infinity, -Infinity, -Infinity]) },
    ({ a }) => argMax(a, 1),
    still,
  ),
  opCase(
    "exp of a sum with minus infinity",
    { a: exactly([3], [-Infinity, 0, 1]), b: spread([3]) },
    ({ a, b }) => exp(add(a, b)),
    still,
  ),
  opCase(
    "attention that hides keys with minus infinity",
    {
      q: spread([1, 3, 4]),
      k: spread([1, 3, 4]),
      v: spread([1, 3, 4]),
      bias: exactly([1, 1, 3, 3], [0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0]),
    },
    ({ q, k, v, bias }) => attention(q, k, v, 2, bias),
    still,
  ),
];
