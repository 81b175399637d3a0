// Matrix products, convolutions and their gradients.
import {
  add,
  apply,
  argMax,
  cast,
  conv1d,
  equal,
  expand,
  input,
  iota,
  matMul,
  mulDims,
  reshape,
  transpose,
  type Conv1dAttrs,
} from "@wav2vec/core";
import { opCase, spread } from "../op-case.js";
import { batch, time, twoLengths } from "./symbols.js";

const runs = twoLengths;

interface ConvSetting {
  readonly name: string;
  readonly cin: number;
  readonly cout: number;
  readonly kernel: number;
  readonly attrs: Partial<Conv1dAttrs>;
}

/** Every way in which the models convolve, and the odd ones between. */
const convolutions: readonly ConvSetting[] = [
  { name: "of one tap", cin: 3, cout: 4, kernel: 1, attrs: {} },
  { name: "of kernel 3", cin: 3, cout: 4, kernel: 3, attrs: {} },
  { name: "of kernel 3, stride 2", cin: 3, cout: 4, kernel: 3, attrs: { stride: 2 } },
  { name: "of kernel 2, stride 2", cin: 4, cout: 3, kernel: 2, attrs: { stride: 2 } },
  { name: "of kernel 10, stride 5, one channel", cin: 1, cout: 4, kernel: 10, attrs: { stride: 5 } },
  { name: "of kernel 2, stride 3 that skips samples", cin: 2, cout: 2, kernel: 2, attrs: { stride: 3 } },
  { name: "with padding", cin: 3, cout: 4, kernel: 3, attrs: { padding: [1, 1], stride: 2 } },
  { name: "with more padding before than after", cin: 2, cout: 4, kernel: 4, attrs: { padding: [3, 0] } },
  { name: "with dilation", cin: 3, cout: 2, kernel: 3, attrs: { dilation: 2 } },
  {
    name: "with dilation, stride and padding",
    cin: 2,
    cout: 2,
    kernel: 3,
    attrs: { dilation: 3, stride: 2, padding: [2, 1] },
  },
  { name: "in groups", cin: 4, cout: 6, kernel: 3, attrs: { groups: 2 } },
  {
    name: "in groups, wide and even as the positional one",
    cin: 8,
    cout: 8,
    kernel: 8,
    attrs: { groups: 4, padding: [4, 3] },
  },
  { name: "of each channel by itself", cin: 3, cout: 3, kernel: 3, attrs: { groups: 3, padding: [1, 1] } },
  {
    name: "in groups with stride and dilation",
    cin: 4,
    cout: 4,
    kernel: 2,
    attrs: { groups: 2, stride: 2, dilation: 3, padding: [0, 2] },
  },
];

const full = (attrs: Partial<Conv1dAttrs>): Conv1dAttrs => ({
  stride: 1,
  padding: [0, 0],
  dilation: 1,
  groups: 1,
  ...attrs,
});

const convolutionCases = convolutions.flatMap(({ name, cin, cout, kernel, attrs }) => {
  const { groups = 1 } = attrs;
  const weight = spread([cout, cin / groups, kernel]);
  const x = spread([batch, cin, time]);
  const y = conv1d(input("x", x.shape), input("weight", weight.shape), attrs);
  const dy = spread(y.shape);
  return [
    opCase(`conv1d ${name}`, { x, weight }, (v) => conv1d(v.x, v.weight, attrs), { runs }),
    opCase(
      `conv1dInputGradient ${name}`,
      { dy, weight, x },
      (v) => add(v.x, apply("conv1dInputGradient", [v.dy, v.weight], { ...full(attrs), time })), // x says how long time is,
      { runs },
    ),
    opCase(
      `conv1dWeightGradient ${name}`,
      { x, dy },
      (v) => apply("conv1dWeightGradient", [v.x, v.dy], { ...full(attrs), kernel }),
      { runs },
    ),
  ];
});

export const productCases = [
  opCase("matMul", { a: spread([4, 5]), b: spread([5, 3]) }, ({ a, b }) => matMul(a, b)),
  opCase("matMul of one row", { a: spread([1, 5]), b: spread([5, 3]) }, ({ a, b }) => matMul(a, b)),
  opCase("matMul of one column", { a: spread([4, 1]), b: spread([1, 3]) }, ({ a, b }) => matMul(a, b)),
  opCase("matMul with a batch", { a: spread([2, 4, 5]), b: spread([2, 5, 3]) }, ({ a, b }) => matMul(a, b)),
  opCase("matMul with two batch axes", { a: spread([2, 3, 4, 5]), b: spread([2, 3, 5, 2]) }, ({ a, b }) =>
    matMul(a, b),
  ),
  opCase("matMul with one shared right factor", { a: spread([2, 4, 5]), b: spread([5, 3]) }, ({ a, b }) =>
    matMul(a, b),
  ),
  opCase("matMul with one shared left factor", { a: spread([4, 5]), b: spread([2, 5, 3]) }, ({ a, b }) =>
    matMul(a, b),
  ),
  opCase(
    "matMul of factors that were both expanded",
    { a: spread([1, 4, 5]), b: spread([1, 5, 3]) },
    ({ a, b }) => matMul(expand(a, [2, 4, 5]), expand(b, [2, 5, 3])),
  ),
  opCase("matMul of an expanded row", { a: spread([1, 5]), b: spread([5, 3]) }, ({ a, b }) =>
    matMul(expand(a, [4, 5]), b),
  ),
  opCase("matMul with a transpose", { a: spread([2, 4, 5]), b: spread([2, 3, 5]) }, ({ a, b }) =>
    matMul(a, transpose(b, [0, 2, 1])),
  ),
  opCase(
    "matMul at symbolic lengths",
    { a: spread([batch, time, 4]), b: spread([batch, time, 4]) },
    ({ a, b }) => matMul(a, transpose(b, [0, 2, 1])),
    { runs },
  ),
  opCase(
    "matMul of flattened rows",
    { a: spread([batch, time, 4]), b: spread([4, 3]) },
    ({ a, b }) => reshape(matMul(reshape(a, [mulDims(batch, time), 4]), b), [batch, time, 3]),
    { runs },
  ),
  opCase(
    "matMul of a choice as ones and zeros",
    { x: spread([48, 2, 20]), table: spread([2, 20, 8]) },
    ({ x, table }) => {
      const best = expand(argMax(x, 2), x.shape);
      const chosen = cast(equal(iota(x.shape, 2), best), "float32");
      return matMul(transpose(chosen, [1, 0, 2]), table);
    },
  ),
  ...convolutionCases,
];
