// Ops on each element, and how they broadcast.
import {
  abs,
  add,
  and,
  cast,
  constant,
  cos,
  div,
  equal,
  erf,
  exp,
  expand,
  floor,
  iota,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  reshape,
  sin,
  sqrt,
  sub,
  tanh,
  where,
  mulDims,
} from "@wav2vec/core";
import { bools, distinct, exactly, integers, nonzero, opCase, positive, spread } from "../op-case.js";
import { batch, time, twoLengths } from "./symbols.js";

const infinities = exactly([5], [-Infinity, Infinity, 0, -3, 3]);
const runs = twoLengths;

export const elementwiseCases = [
  opCase("neg", { x: spread([2, 3]) }, ({ x }) => neg(x)),
  opCase("neg of integers", { x: integers([7], -9, 9) }, ({ x }) => neg(x)),
  opCase("abs", { x: nonzero([2, 3]) }, ({ x }) => abs(x)),
  opCase("abs of integers", { x: integers([7], -9, 9) }, ({ x }) => abs(x)),
  opCase("exp", { x: spread([2, 3]) }, ({ x }) => exp(x)),
  opCase("exp of infinities", { x: infinities }, ({ x }) => exp(x), { differentiable: false }),
  opCase("log", { x: positive([2, 3]) }, ({ x }) => log(x)),
  opCase("log of zero", { x: exactly([3], [0, 1, Infinity]) }, ({ x }) => log(x), { differentiable: false }),
  opCase("sqrt", { x: positive([2, 3]) }, ({ x }) => sqrt(x)),
  opCase("sin", { x: spread([2, 3]) }, ({ x }) => sin(x)),
  opCase("cos", { x: spread([2, 3]) }, ({ x }) => cos(x)),
  opCase("tanh", { x: spread([2, 3]) }, ({ x }) => tanh(x)),
  opCase("tanh of infinities", { x: infinities }, ({ x }) => tanh(x), { differentiable: false }),
  opCase("erf", { x: spread([4, 9]) }, ({ x }) => erf(x)),
  opCase("erf of infinities", { x: infinities }, ({ x }) => erf(x), { differentiable: false }),
  opCase("floor", { x: distinct([3, 4]) }, ({ x }) => floor(x)),
  opCase("a scalar", { x: positive([]) }, ({ x }) => sqrt(x)),
  opCase("an empty tensor", { x: positive([0, 3]) }, ({ x }) => exp(x), { differentiable: false }),

  opCase("add", { a: spread([2, 3]), b: spread([2, 3]) }, ({ a, b }) => add(a, b)),
  opCase("add to itself", { a: spread([2, 3]) }, ({ a }) => add(a, a)),
  opCase("add integers", { a: integers([9], -5, 5), b: integers([9], -5, 5) }, ({ a, b }) => add(a, b)),
  opCase("add a row to every row", { a: spread([4, 3]), b: spread([3]) }, ({ a, b }) => add(a, b)),
  opCase("add a column to a row", { a: spread([4, 1]), b: spread([1, 3]) }, ({ a, b }) => add(a, b)),
  opCase("add two rows that were both expanded", { a: spread([1, 3]), b: spread([1, 3]) }, ({ a, b }) =>
    add(expand(a, [4, 3]), expand(b, [4, 3])),
  ),
  opCase(
    "add a row per clip at symbolic lengths",
    { a: spread([batch, 4, time]), b: spread([4, 1]) },
    ({ a, b }) => add(a, b),
    { runs },
  ),
  opCase("sub", { a: spread([2, 3]), b: spread([2, 3]) }, ({ a, b }) => sub(a, b)),
  opCase("sub from a number", { a: spread([2, 3]) }, ({ a }) => sub(1.5, a)),
  opCase("sub integers", { a: integers([9], -5, 5), b: integers([9], -5, 5) }, ({ a, b }) => sub(a, b)),
  opCase("mul", { a: spread([2, 3]), b: spread([2, 3]) }, ({ a, b }) => mul(a, b)),
  opCase("mul by a scalar value", { a: spread([2, 3]), b: spread([]) }, ({ a, b }) => mul(a, b)),
  opCase("div", { a: spread([2, 3]), b: nonzero([2, 3]) }, ({ a, b }) => div(a, b)),
  opCase("div integers towards zero", { a: integers([20], -9, 9), b: integers([20], 1, 5) }, ({ a, b }) =>
    div(a, b),
  ),
  opCase("maximum", { a: distinct([4, 5]), b: spread([4, 5]) }, ({ a, b }) => maximum(a, b)),
  opCase("maximum with minus infinity", { a: infinities }, ({ a }) => maximum(a, -1), {
    differentiable: false,
  }),
  opCase("minimum", { a: distinct([4, 5]), b: spread([4, 5]) }, ({ a, b }) => minimum(a, b)),
  opCase("minimum of integers", { a: integers([9], -5, 5), b: integers([9], -5, 5) }, ({ a, b }) =>
    minimum(a, b),
  ),

  opCase("less", { a: distinct([4, 5]), b: spread([4, 5]) }, ({ a, b }) => less(a, b), {
    differentiable: false,
  }),
  opCase("less of equal integers", { a: integers([30], 0, 4), b: integers([30], 0, 4) }, ({ a, b }) =>
    less(a, b),
  ),
  opCase("equal", { a: integers([30], 0, 4), b: integers([30], 0, 4) }, ({ a, b }) => equal(a, b)),
  opCase("equal of floats", { a: exactly([4], [0, 1, 2, 3]) }, ({ a }) => equal(a, 2), {
    differentiable: false,
  }),
  opCase("and", { a: bools([16]), b: bools([16]) }, ({ a, b }) => and(a, b)),
  opCase("not", { a: bools([16]) }, ({ a }) => not(a)),
  opCase("where", { c: bools([4, 5]), a: spread([4, 5]), b: spread([4, 5]) }, ({ c, a, b }) =>
    where(c, a, b),
  ),
  opCase("where with a column as condition", { c: bools([4, 1]), a: spread([4, 5]) }, ({ c, a }) =>
    where(c, a, 0),
  ),
  opCase("where of two numbers", { c: bools([2, 5]) }, ({ c }) => where(c, 0, -Infinity)),
  opCase("where of integers", { c: bools([9]), a: integers([9], 0, 9) }, ({ c, a }) => where(c, a, -1)),
  opCase("where of bools", { c: bools([16]), a: bools([16]), b: bools([16]) }, ({ c, a, b }) =>
    where(c, a, b),
  ),
  opCase("where of bools with a row", { c: bools([4, 5]), a: bools([4, 5]), b: bools([5]) }, ({ c, a, b }) =>
    where(c, a, b),
  ),

  opCase(
    "cast to int32 truncates",
    { x: exactly([6], [-1.9, -0.5, 0, 0.5, 1.9, 7]) },
    ({ x }) => cast(x, "int32"),
    { differentiable: false },
  ),
  opCase("cast to bool is not zero", { x: exactly([4], [-0.5, 0, 0.25, 2]) }, ({ x }) => cast(x, "bool"), {
    differentiable: false,
  }),
  opCase("cast integers to float", { x: integers([9], -9, 9) }, ({ x }) => cast(x, "float32")),
  opCase("cast bool to float", { x: bools([9]) }, ({ x }) => cast(x, "float32")),
  opCase("cast bool to int32", { x: bools([9]) }, ({ x }) => cast(x, "int32")),

  opCase("a constant", { x: spread([2]) }, ({ x }) => add(x, constant(-0.75, [2]))),
  opCase("an expanded constant", { x: spread([2, 3]) }, ({ x }) =>
    mul(x, expand(constant(3, [1, 1]), [2, 3])),
  ),
  opCase("an integer constant", { x: integers([4], 0, 9) }, ({ x }) => mul(x, constant(3, [4], "int32"))),
  opCase(
    "a constant that is a length",
    { x: spread([batch, time]) },
    ({ x }) => div(x, constant(mulDims(batch, time))),
    { runs },
  ),
  opCase("iota along the last axis", { x: integers([2, 5], 0, 9) }, ({ x }) => add(x, iota([2, 5], 1))),
  opCase(
    "valid positions",
    { x: spread([batch, time]), n: integers([batch], 1, 13) },
    ({ x, n }) => mul(x, cast(less(iota([1, time], 1), reshape(n, [batch, 1])), "float32")),
    { runs },
  ),
];
