import * as core from "@wav2vec/core";
import {
  reference,
  type Graph,
  type Tensor,
  type Backend,
  type TypedArray,
  type Value,
  type Shape,
  type DType,
} from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { nodeDevices, tf } from "./node-devices.js";
import { tfjsBackend } from "./tfjs-backend.js";

const { add, sub, input, graph, constant } = core;

function random(seed: number, n: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state / 2 ** 32) * 4 - 2;
  });
}

type Build = (...xs: Value[]) => Value;
interface Case {
  name: string;
  inputs: [number[], DType?, number[]?][];
  build: Build;
}
const f = (...shape: number[]): [number[]] => [shape];
const i = (shape: number[], values: number[]): [number[], DType, number[]] => [shape, "int32", values];
const b = (shape: number[], values: number[]): [number[], DType, number[]] => [shape, "bool", values];
const v = (shape: number[], values: number[]): [number[], DType, number[]] => [shape, "float32", values];
const conv = { stride: 1, padding: [0, 0] as const, dilation: 1, groups: 1 };
const grad = (attrs: Partial<core.Conv1dAttrs>, time: number, kernel: number): Case[] => {
  const a = { ...conv, ...attrs };
  const frames =
    Math.floor((time + a.padding[0] + a.padding[1] - (kernel - 1) * a.dilation - 1) / a.stride) + 1;
  const tag = JSON.stringify(attrs);
  return [
    {
      name: `conv1d ${tag}`,
      inputs: [f(2, 4, time), f(6, 4 / a.groups, kernel)],
      build: (x, w) => core.apply("conv1d", [x!, w!], a),
    },
    {
      name: `conv1dInputGradient ${tag}`,
      inputs: [f(2, 6, frames), f(6, 4 / a.groups, kernel)],
      build: (dy, w) => core.apply("conv1dInputGradient", [dy!, w!], { ...a, time }),
    },
    {
      name: `conv1dWeightGradient ${tag}`,
      inputs: [f(2, 4, time), f(2, 6, frames)],
      build: (x, dy) => core.apply("conv1dWeightGradient", [x!, dy!], { ...a, kernel }),
    },
  ];
};
const unary = (["neg", "abs", "exp", "sin", "cos", "tanh", "erf", "floor"] as const).map((op): Case => ({
  name: op,
  inputs: [f(3, 4)],
  build: (x) => core[op](x!),
}));
const positive = (["log", "sqrt"] as const).map((op): Case => ({
  name: op,
  inputs: [v([4], [0.1, 1, 5, 0])],
  build: (x) => core[op](x!),
}));
const specials = [NaN, Infinity, -Infinity, 0, -0, 1e-30, 3e38];
const special = (
  ["neg", "abs", "exp", "log", "sqrt", "tanh", "erf", "floor", "relu", "sigmoid", "gelu", "softmax"] as const
).map((op): Case => ({ name: `${op} of specials`, inputs: [v([7], specials)], build: (x) => core[op](x!) }));
const binary = (["add", "sub", "mul", "div", "maximum", "minimum", "less", "equal"] as const).flatMap(
  (op): Case[] => [
    { name: op, inputs: [f(3, 4), f(3, 4)], build: (x, y) => core[op](x!, y!) },
    { name: `${op} broadcast`, inputs: [f(3, 1), f(1, 4)], build: (x, y) => core[op](x!, y!) },
    {
      name: `${op} int32`,
      inputs: [i([4], [7, -7, 5, 100000001]), i([4], [2, 2, -5, 3])],
      build: (x, y) => core[op](x!, y!),
    },
    {
      name: `${op} specials`,
      inputs: [v([7], specials), v([7], [1, 1, 1, -0, 0, 1, NaN])],
      build: (x, y) => core[op](x!, y!),
    },
    {
      name: `${op} rank 7`,
      inputs: [f(2, 1, 2, 3, 1, 2, 2), f(2, 2, 1, 3, 2, 2, 1)],
      build: (x, y) => core[op](x!, y!),
    },
  ],
);
const cases: Case[] = [
  ...unary,
  ...positive,
  ...special,
  ...binary,
  { name: "iota", inputs: [f(2)], build: (x) => add(core.cast(core.iota([3, 2, 2], 0), "float32"), x!) },
  { name: "iota alone", inputs: [f(2)], build: () => core.iota([3, 2, 2], 1) },
  { name: "constant", inputs: [f(2)], build: () => constant(3, [2, 2], "int32") },
  { name: "constant inf", inputs: [f(2)], build: () => constant(-Infinity, [2, 2]) },
  { name: "constant bool", inputs: [f(2)], build: () => constant(1, [2], "bool") },
  { name: "and", inputs: [b([4], [0, 1, 0, 1]), b([4], [0, 0, 1, 1])], build: (x, y) => core.and(x!, y!) },
  { name: "not", inputs: [b([4], [0, 1, 0, 1])], build: (x) => core.not(x!) },
  { name: "neg int", inputs: [i([3], [1, -5, 100000001])], build: (x) => core.neg(x!) },
  { name: "abs int", inputs: [i([3], [1, -5, -100000001])], build: (x) => core.abs(x!) },
  {
    name: "where",
    inputs: [b([2, 2], [0, 1, 0, 1]), f(2, 2), f(2, 2)],
    build: (c, x, y) => core.where(c!, x!, y!),
  },
  { name: "where row", inputs: [b([2, 1], [0, 1]), f(2, 2)], build: (c, x) => core.where(c!, x!, 5) },
  {
    name: "where int",
    inputs: [b([2], [0, 1]), i([2], [1, 2]), i([2], [3, 4])],
    build: (c, x, y) => core.where(c!, x!, y!),
  },
  {
    name: "where bool",
    inputs: [b([2], [0, 1]), b([2], [1, 1]), b([2], [0, 0])],
    build: (c, x, y) => core.where(c!, x!, y!),
  },
  ...(["float32", "int32", "bool"] as const).flatMap((to): Case[] => [
    {
      name: `cast float32 to ${to}`,
      inputs: [v([6], [-2.7, -0.5, 0, 0.5, 2.7, 3])],
      build: (x) => core.cast(x!, to),
    },
    { name: `cast int32 to ${to}`, inputs: [i([3], [-2, 0, 3])], build: (x) => core.cast(x!, to) },
    { name: `cast bool to ${to}`, inputs: [b([2], [0, 1])], build: (x) => core.cast(x!, to) },
  ]),
  { name: "matMul", inputs: [f(5, 7), f(7, 3)], build: (x, y) => core.matMul(x!, y!) },
  { name: "matMul batch", inputs: [f(2, 3, 5, 7), f(2, 3, 7, 3)], build: (x, y) => core.matMul(x!, y!) },
  { name: "matMul broadcast", inputs: [f(2, 3, 5, 7), f(7, 3)], build: (x, y) => core.matMul(x!, y!) },
  { name: "matMul k=0", inputs: [f(2, 0), f(0, 3)], build: (x, y) => core.matMul(x!, y!) },
  ...grad({}, 9, 3),
  ...grad({ stride: 2 }, 10, 3),
  ...grad({ stride: 5 }, 27, 10),
  ...grad({ padding: [2, 1] }, 9, 4),
  ...grad({ dilation: 3 }, 12, 3),
  ...grad({ stride: 2, dilation: 2, padding: [1, 3] }, 12, 3),
  ...grad({ groups: 2, padding: [2, 1] }, 9, 4),
  ...grad({ groups: 2, stride: 3, dilation: 2 }, 19, 3),
  { name: "sum", inputs: [f(3, 4, 5)], build: (x) => core.sum(x!, [1]) },
  { name: "sum two", inputs: [f(3, 4, 5)], build: (x) => core.sum(x!, [0, 2]) },
  { name: "sum none", inputs: [f(3, 4)], build: (x) => core.sum(x!, []) },
  { name: "sum of expanded", inputs: [f(3, 1)], build: (x) => core.sum(core.expand(x!, [3, 5]), [1]) },
  { name: "sum rank 7", inputs: [f(2, 2, 2, 2, 2, 2, 2)], build: (x) => core.sum(x!, [1, 3, 4]) },
  { name: "sum long", inputs: [f(2, 100000)], build: (x) => core.sum(core.mul(x!, x!), [1]) },
  { name: "sum empty", inputs: [f(3, 0)], build: (x) => core.sum(x!, [1]) },
  { name: "max", inputs: [f(3, 4, 5)], build: (x) => core.max(x!, [2]) },
  { name: "max empty", inputs: [f(3, 0)], build: (x) => core.max(x!, [1]) },
  {
    name: "max specials",
    inputs: [v([4, 2], [NaN, 1, -Infinity, -Infinity, 1, NaN, Infinity, 3])],
    build: (x) => core.max(x!, [1]),
  },
  { name: "max two", inputs: [f(3, 4, 5)], build: (x) => core.max(x!, [0, 1]) },
  { name: "argMax", inputs: [v([2, 4], [1, 3, 3, 2, 5, 5, 5, 5])], build: (x) => core.argMax(x!, 1) },
  { name: "argMax axis 0", inputs: [f(4, 3, 2)], build: (x) => core.argMax(x!, 0) },
  {
    name: "argMax -inf",
    inputs: [v([2, 3], [-Infinity, -Infinity, -Infinity, -Infinity, -1e30, -1e31])],
    build: (x) => core.argMax(x!, 1),
  },
  { name: "reshape", inputs: [f(3, 4)], build: (x) => core.reshape(x!, [2, 6]) },
  {
    name: "reshape expanded",
    inputs: [f(3, 1)],
    build: (x) => core.reshape(core.expand(x!, [3, 4]), [2, 6]),
  },
  { name: "transpose", inputs: [f(3, 4, 5)], build: (x) => core.transpose(x!, [2, 0, 1]) },
  {
    name: "transpose bool",
    inputs: [b([2, 3], [0, 1, 0, 1, 1, 0])],
    build: (x) => core.transpose(x!, [1, 0]),
  },
  {
    name: "transpose int",
    inputs: [i([2, 3], [0, 1, 0, 1, 1, 0])],
    build: (x) => core.transpose(x!, [1, 0]),
  },
  {
    name: "transpose rank 7",
    inputs: [f(2, 3, 2, 1, 2, 2, 3)],
    build: (x) => core.transpose(x!, [2, 0, 1, 6, 5, 3, 4]),
  },
  {
    name: "expand rank 7",
    inputs: [f(2, 1, 2, 1, 2, 1, 3)],
    build: (x) => core.expand(x!, [2, 3, 2, 2, 2, 2, 3]),
  },
  { name: "expand int", inputs: [i([2, 1], [3, 4])], build: (x) => core.expand(x!, [2, 3]) },
  { name: "expand bool", inputs: [b([2, 1], [0, 1])], build: (x) => core.expand(x!, [2, 3]) },
  { name: "slice", inputs: [f(3, 5, 2)], build: (x) => core.slice(x!, 1, 1, 4) },
  { name: "slice step", inputs: [f(3, 5, 2)], build: (x) => core.slice(x!, 1, 1, 5, 3) },
  { name: "slice step int", inputs: [i([5], [1, 2, 3, 4, 5])], build: (x) => core.slice(x!, 0, 1, 5, 2) },
  { name: "slice step bool", inputs: [b([5], [1, 0, 1, 1, 0])], build: (x) => core.slice(x!, 0, 0, 5, 2) },
  { name: "slice bool", inputs: [b([5], [1, 0, 1, 1, 0])], build: (x) => core.slice(x!, 0, 1, 4) },
  { name: "slice empty", inputs: [f(5)], build: (x) => core.slice(x!, 0, 2, 2) },
  {
    name: "slice of expanded",
    inputs: [f(3, 1)],
    build: (x) => core.slice(core.expand(x!, [3, 5]), 1, 1, 4),
  },
  { name: "pad", inputs: [f(3, 2)], build: (x) => core.pad(x!, 1, 1, 2, 7) },
  { name: "pad -inf", inputs: [f(3, 2)], build: (x) => core.pad(x!, 0, 1, 0, -Infinity) },
  { name: "pad empty", inputs: [f(0, 2)], build: (x) => core.pad(x!, 0, 1, 2, 3) },
  { name: "concat", inputs: [f(3, 2), f(3, 1), f(3, 0)], build: (...xs) => core.concat(xs, 1) },
  { name: "concat int", inputs: [i([2], [1, 2]), i([1], [5])], build: (...xs) => core.concat(xs, 0) },
  { name: "concat bool", inputs: [b([2], [1, 0]), b([1], [1])], build: (...xs) => core.concat(xs, 0) },
  { name: "gather", inputs: [f(5, 3), i([2, 2], [4, 0, 0, 2])], build: (x, k) => core.gather(x!, k!) },
  { name: "gather int", inputs: [i([3], [7, 8, 9]), i([2], [2, 0])], build: (x, k) => core.gather(x!, k!) },
  { name: "gather bool", inputs: [b([3], [1, 0, 1]), i([2], [2, 1])], build: (x, k) => core.gather(x!, k!) },
  {
    name: "scatterAdd",
    inputs: [i([2, 2], [1, 1, 3, 1]), f(2, 2, 3)],
    build: (k, x) => core.scatterAdd(k!, x!, 5),
  },
  {
    name: "scatterAdd scalars",
    inputs: [i([4], [1, 1, 3, 1]), f(4)],
    build: (k, x) => core.scatterAdd(k!, x!, 5),
  },
  { name: "scatterAdd empty", inputs: [i([0], []), f(0, 2)], build: (k, x) => core.scatterAdd(k!, x!, 3) },
  { name: "linear", inputs: [f(2, 3, 5), f(4, 5), f(4)], build: (x, w, c) => core.linear(x!, w!, c) },
  { name: "linear no bias", inputs: [f(2, 3, 5), f(4, 5)], build: (x, w) => core.linear(x!, w!) },
  { name: "layerNorm", inputs: [f(2, 3, 8), f(8), f(8)], build: (x, g, c) => core.layerNorm(x!, g!, c!) },
  { name: "groupNorm", inputs: [f(2, 6, 9), f(6), f(6)], build: (x, g, c) => core.groupNorm(x!, g!, c!, 3) },
  { name: "gelu", inputs: [f(3, 40)], build: (x) => core.gelu(x!) },
  { name: "softmax", inputs: [f(3, 4, 40)], build: (x) => core.softmax(x!) },
  { name: "logSoftmax", inputs: [f(3, 4, 40)], build: (x) => core.logSoftmax(x!) },
  {
    name: "softmax -inf",
    inputs: [v([2, 3], [-Infinity, 0, 1, -Infinity, -Infinity, -1e9])],
    build: (x) => core.softmax(x!),
  },
  {
    name: "attention",
    inputs: [f(2, 5, 8), f(2, 6, 8), f(2, 6, 8)],
    build: (q, k, x) => core.attention(q!, k!, x!, 2),
  },
  {
    name: "attention bias",
    inputs: [f(2, 5, 8), f(2, 6, 8), f(2, 6, 8), f(2, 1, 1, 6)],
    build: (q, k, x, c) => core.attention(q!, k!, x!, 2, c),
  },
  { name: "empty add", inputs: [f(0, 3), f(0, 3)], build: (x, y) => sub(add(x!, y!), 1) },
];

async function evaluate<T extends Tensor>(
  backend: Backend<T>,
  g: Graph,
  data: Record<string, [TypedArray, number[]]>,
) {
  const program = await backend.compile(g, new Map());
  const inputs = Object.fromEntries(g.inputs.map(({ name }) => [name, backend.upload(...data[name]!)]));
  const { y } = await program.run(inputs);
  const out = { data: await backend.download(y!), shape: [...y!.shape], dtype: y!.dtype };
  backend.free(y!);
  for (const x of Object.values(inputs)) backend.free(x);
  program.dispose();
  return out;
}

describe.each(nodeDevices)("lowerings on %s", (device) => {
  it.each(cases)("$name", async ({ inputs, build }) => {
    const names = inputs.map((_, at) => `x${at}`);
    const values = inputs.map(([shape, dtype = "float32"], at) => input(names[at]!, shape as Shape, dtype));
    const g = graph({ y: build(...values) });
    const data = Object.fromEntries(
      inputs.map(([shape, dtype = "float32", given], at): [string, [TypedArray, number[]]] => {
        const n = shape.reduce((p, q) => p * q, 1);
        const array = core.allocate(dtype, n);
        array.set(given ?? random(at + 1, n));
        return [names[at]!, [array, shape]];
      }),
    );
    const want = await evaluate(reference, g, data);
    const backend = tfjsBackend({ tf, device });
    await tf.setBackend(device);
    const before = tf.memory().numTensors;
    const got = await evaluate(backend, g, data);
    expect(tf.memory().numTensors).toBe(before);
    expect(got.shape).toEqual(want.shape);
    expect(got.dtype).toBe(want.dtype);
    expect(got.data.constructor.name).toBe(want.data.constructor.name);
    let worst = 0;
    const bad: string[] = [];
    want.data.forEach((x, at) => {
      const y = got.data[at]!;
      if (Object.is(x, y) || x === y) return;
      const error = Math.abs(x - y) / Math.max(1, Math.abs(x));
      if (!(error <= 2e-6)) bad.push(`[${at}] ${y} for ${x}`);
      worst = Math.max(worst, error);
    });
    expect(bad).toEqual([]);
    expect(got.data.length).toBe(want.data.length);
  });
});
