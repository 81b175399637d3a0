// Sums, maxima and their positions.
import { argMax, max, mean, mul, sum } from "@wav2vec/core";
import { distinct, exactly, opCase, spread } from "../op-case.js";
import { batch, time, twoLengths } from "./symbols.js";

const runs = twoLengths;

export const reductionCases = [
  opCase("sum over the last axis", { x: spread([3, 4]) }, ({ x }) => sum(x, [-1])),
  opCase("sum over the first axis", { x: spread([3, 4]) }, ({ x }) => sum(x, [0])),
  opCase("sum over a middle axis", { x: spread([2, 3, 4]) }, ({ x }) => sum(x, [1])),
  opCase("sum over two axes", { x: spread([2, 3, 4]) }, ({ x }) => sum(x, [0, 2])),
  opCase("sum over every axis", { x: spread([2, 3, 4]) }, ({ x }) => sum(x, [0, 1, 2])),
  opCase("sum of every square", { x: spread([2, 3, 4]) }, ({ x }) => sum(mul(x, x), [0, 1, 2])),
  opCase("sum of one square", { x: spread([]) }, ({ x }) => sum(mul(x, x), [])),
  opCase("sum of no squares", { x: spread([0, 3]) }, ({ x }) => sum(mul(x, x), [0, 1]), {
    differentiable: false,
  }),
  opCase("sum over no axis", { x: spread([2, 3]) }, ({ x }) => sum(x, [])),
  opCase("sum over an axis of length 1", { x: spread([2, 1]) }, ({ x }) => sum(x, [1])),
  opCase("sum over an empty axis", { x: spread([2, 0]) }, ({ x }) => sum(x, [1]), { differentiable: false }),
  opCase("sum over no rows", { x: spread([0, 3]) }, ({ x }) => sum(x, [0]), { differentiable: false }),
  opCase("sum over rows", { x: spread([time, 3]) }, ({ x }) => sum(x, [0]), { runs }),
  opCase("sum over time", { x: spread([batch, 3, time]) }, ({ x }) => sum(x, [2]), { runs }),
  opCase("mean over time", { x: spread([batch, 3, time]) }, ({ x }) => mean(x, [2]), { runs }),
  opCase("mean over clips and time", { x: spread([batch, 3, time]) }, ({ x }) => mean(x, [0, 2]), { runs }),
  opCase("max over the last axis", { x: distinct([3, 4]) }, ({ x }) => max(x, [-1])),
  opCase("max over two axes", { x: distinct([2, 3, 4]) }, ({ x }) => max(x, [0, 2])),
  opCase(
    "max beside minus infinity",
    { x: exactly([2, 3], [-Infinity, -2, -1, -Infinity, -Infinity, -Infinity]) },
    ({ x }) => max(x, [1]),
    { differentiable: false },
  ),
  opCase("max over time", { x: distinct([batch, 3, time]) }, ({ x }) => max(x, [2]), { runs }),
  opCase("argMax over the last axis", { x: distinct([3, 4]) }, ({ x }) => argMax(x, -1), {
    differentiable: false,
  }),
  opCase("argMax over the first axis", { x: distinct([5, 2]) }, ({ x }) => argMax(x, 0), {
    differentiable: false,
  }),
  opCase(
    "argMax takes the first of equals",
    { x: exactly([2, 4], [1, 3, 3, 0, 2, 2, 2, 2]) },
    ({ x }) => argMax(x, 1),
    { differentiable: false },
  ),
  opCase("argMax over time", { x: distinct([batch, time, 5]) }, ({ x }) => argMax(x, 2), {
    runs,
    differentiable: false,
  }),
];
