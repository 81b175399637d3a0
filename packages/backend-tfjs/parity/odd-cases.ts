// Cases beyond the suite of every backend: where kernels of TensorFlow.js are known to differ or to be missing.
import {
  add,
  cast,
  concat,
  cos,
  div,
  expand,
  maximum,
  minimum,
  mul,
  relu,
  reshape,
  sin,
  slice,
  softmax,
  sum,
  transpose,
  where,
} from "@wav2vec/core";
import { bools, exactly, integers, opCase, spread } from "../../testkit/src/op-case.js";

const seven = spread([2, 1, 2, 3, 1, 2, 2]);
const other = spread([2, 2, 1, 3, 2, 2, 1]);
const angles = exactly([7], [0, 1.5, -3.1, 7, 100, -1000.5, 4999]);
const orders = exactly([5], [NaN, 1, -1, NaN, 0]);

export const oddCases = [
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
  opCase("sin far from zero", { x: angles }, ({ x }) => sin(x)),
  opCase("cos far from zero", { x: angles }, ({ x }) => cos(x)),
];

/** NaN must come out where it went in; shading languages do not promise it, so GPUs are not held to it. */
export const nanCases = [
  opCase("maximum of NaN and a number", { a: orders }, ({ a }) => maximum(a, 0)),
  opCase("maximum of a number and NaN", { a: orders }, ({ a }) =>
    maximum(mul(cast(cast(a, "bool"), "float32"), 0), a),
  ),
  opCase("minimum of a number and NaN", { a: orders }, ({ a }) => minimum(expand(slice(a, 0, 4, 5), [5]), a)),
  opCase("relu of NaN", { a: orders }, ({ a }) => relu(a)),
];
