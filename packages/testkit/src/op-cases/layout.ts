// Ops that move elements.
import {
  addDims,
  concat,
  expand,
  floorDivDim,
  gather,
  mulDims,
  pad,
  reshape,
  scatterAdd,
  slice,
  subDims,
  transpose,
} from "@wav2vec/core";
import { bools, exactly, integers, opCase, spread } from "../op-case.js";
import { batch, time, twoLengths } from "./symbols.js";

const runs = twoLengths;

export const layoutCases = [
  opCase("reshape", { x: spread([2, 6]) }, ({ x }) => reshape(x, [3, 4])),
  opCase("reshape to a scalar", { x: spread([1, 1]) }, ({ x }) => reshape(x, [])),
  opCase("reshape of an empty tensor", { x: spread([0, 4]) }, ({ x }) => reshape(x, [2, 0]), {
    differentiable: false,
  }),
  opCase(
    "reshape that flattens clips and time",
    { x: spread([batch, time, 3]) },
    ({ x }) => reshape(x, [mulDims(batch, time), 3]),
    { runs },
  ),
  opCase(
    "reshape that splits channels",
    { x: spread([batch, time, 6]) },
    ({ x }) => reshape(x, [batch, time, 2, 3]),
    { runs },
  ),
  opCase(
    "reshape that swaps two symbolic lengths",
    { x: spread([batch, time]) },
    ({ x }) => reshape(x, [time, batch]),
    { runs },
  ),
  opCase("reshape of bools", { x: bools([batch, time]) }, ({ x }) => reshape(x, [batch, 1, 1, time]), {
    runs,
  }),
  opCase("transpose", { x: spread([2, 3]) }, ({ x }) => transpose(x, [1, 0])),
  opCase("transpose of four axes", { x: spread([2, 3, 4, 5]) }, ({ x }) => transpose(x, [0, 2, 1, 3])),
  opCase("transpose of bools", { x: bools([2, 3]) }, ({ x }) => transpose(x, [1, 0])),
  opCase(
    "transpose and back",
    { x: spread([batch, 3, time]) },
    ({ x }) => transpose(transpose(x, [0, 2, 1]), [0, 2, 1]),
    { runs },
  ),
  opCase("transpose in a cycle", { x: spread([2, 3, 4]) }, ({ x }) =>
    transpose(transpose(x, [1, 2, 0]), [2, 0, 1]),
  ),
  opCase("expand", { x: spread([3, 1]) }, ({ x }) => expand(x, [3, 4])),
  opCase("expand of integers", { x: integers([1, 3], 0, 9) }, ({ x }) => expand(x, [2, 3])),
  opCase("slice", { x: spread([6, 2]) }, ({ x }) => slice(x, 0, 1, 4)),
  opCase("slice with steps", { x: spread([2, 9]) }, ({ x }) => slice(x, 1, 1, 8, 3)),
  opCase("slice that is empty", { x: spread([2, 9]) }, ({ x }) => slice(x, 1, 4, 4), {
    differentiable: false,
  }),
  opCase("slice of integers", { x: integers([8], 0, 9) }, ({ x }) => slice(x, 0, 2, 8, 2)),
  opCase("slice of bools", { x: bools([8]) }, ({ x }) => slice(x, 0, 2, 8)),
  opCase(
    "slice up to a symbolic length",
    { x: spread([batch, time]) },
    ({ x }) => slice(x, 1, 2, subDims(time, 1)),
    { runs },
  ),
  opCase(
    "slice of the second half",
    { x: spread([batch, time]) },
    ({ x }) => slice(x, 1, floorDivDim(time, 2), time),
    { runs },
  ),
  opCase("slice of every second step", { x: spread([batch, 3, time]) }, ({ x }) => slice(x, 2, 0, time, 2), {
    runs,
  }),
  opCase("pad", { x: spread([2, 3]) }, ({ x }) => pad(x, 1, 2, 1)),
  opCase("pad around two axes", { x: spread([2, 3]) }, ({ x }) => pad(pad(x, 1, 2, 1), 0, 0, 3)),
  opCase("pad twice on one axis", { x: spread([2, 3]) }, ({ x }) => pad(pad(x, 1, 2, 0), 1, 1, 1)),
  opCase("pad with two numbers", { x: spread([2, 3]) }, ({ x }) => pad(pad(x, 1, 1, 1, 2.5), 0, 1, 0)),
  opCase("pad with a number", { x: spread([2, 3]) }, ({ x }) => pad(x, 0, 0, 2, -1.5)),
  opCase("pad with minus infinity", { x: spread([2, 3]) }, ({ x }) => pad(x, 1, 1, 0, -Infinity), {
    differentiable: false,
  }),
  opCase("pad by a symbolic length", { x: spread([2, time]) }, ({ x }) => pad(x, 1, 0, subDims(20, time)), {
    runs: [{ time: 7 }, { time: 20 }],
  }),
  opCase("concat", { a: spread([2, 3]), b: spread([2, 1]) }, ({ a, b }) => concat([a, b], 1)),
  opCase("concat of one", { a: spread([2, 3]) }, ({ a }) => concat([a], 0)),
  opCase("concat of a value with itself", { a: spread([2, 3]) }, ({ a }) => concat([a, a, a], 0)),
  opCase("concat of integers", { a: integers([4], 0, 9), b: integers([2], 0, 9) }, ({ a, b }) =>
    concat([a, b], 0),
  ),
  opCase(
    "concat over time",
    { a: spread([batch, time]), b: spread([batch, 2]) },
    ({ a, b }) => concat([a, b], -1),
    { runs },
  ),
  opCase("gather", { x: spread([5, 3]), index: integers([4], 0, 5) }, ({ x, index }) => gather(x, index)),
  opCase("gather by a table", { x: spread([5, 3]), index: integers([2, 4], 0, 5) }, ({ x, index }) =>
    gather(x, index),
  ),
  opCase("gather of single numbers", { x: spread([7]), index: integers([2, 4], 0, 7) }, ({ x, index }) =>
    gather(x, index),
  ),
  opCase("gather of one row by a scalar", { x: spread([5, 3]), index: integers([], 0, 5) }, ({ x, index }) =>
    gather(x, index),
  ),
  opCase(
    "gather of flattened frames",
    { x: spread([batch, time, 3]), index: integers([4], 0, 26) },
    ({ x, index }) => gather(reshape(x, [mulDims(batch, time), 3]), index),
    { runs },
  ),
  opCase(
    "scatterAdd",
    { index: exactly([3], [2, 0, 4], "int32"), updates: spread([3, 2]) },
    ({ index, updates }) => scatterAdd(index, updates, 5),
  ),
  opCase(
    "scatterAdd of many updates to few rows",
    { index: integers([64], 0, 3), updates: spread([64, 4]) },
    ({ index, updates }) => scatterAdd(index, updates, 3),
  ),
  opCase(
    "scatterAdd by a table",
    { index: integers([2, 6], 0, 4), updates: spread([2, 6, 3]) },
    ({ index, updates }) => scatterAdd(index, updates, 4),
  ),
  opCase(
    "scatterAdd into a symbolic number of rows",
    { index: integers([time], 0, 5), updates: spread([time, 2]) },
    ({ index, updates }) => scatterAdd(index, updates, addDims(time, 1)),
    { runs: [{ time: 7 }, { time: 20 }] },
  ),
];
