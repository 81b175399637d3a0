import { afterAll, describe, expect, it } from "vitest";
import { reference, referenceTensor } from "../reference/reference.js";
import * as composites from "./composites.js";
import { symbol } from "./dim.js";
import { checkGradient, type GradientPoint } from "./gradient-check.js";
import { gradient } from "./gradient.js";
import { apply, graph, input, topologicalOrder, type Value } from "./graph.js";
import type { CompositeName, OpName } from "./ops.js";
import * as w from "./words.js";

/** Differences of fourth order are themselves wrong by about 1e-11. */
const TOLERANCE = 1e-9;

interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Value[]) => Value;
  /** Range of the inputs; -1.5 to 1.5 if absent. */
  readonly range?: readonly [low: number, high: number];
}

const conv = { stride: 2, padding: [2, 1], groups: 2, dilation: 1 } as const;
const dilated = { stride: 1, padding: [0, 3], groups: 1, dilation: 3 } as const;
const unary = (build: (x: Value) => Value, range?: Case["range"]): Case[] => [
  { shapes: [[2, 3]], build, ...(range && { range }) },
];
const binary = (build: (a: Value, b: Value) => Value): Case[] => [
  {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build,
  },
];
const rows = (count: number) => w.cast(w.floor(w.mul(w.cast(w.iota([count], 0), "float32"), 0.5)), "int32"); // 0 0 1 1 2 2 …

/** Every op; null for those that are not differentiable. */
const opCases: Record<OpName, Case[] | null> = {
  constant: null,
  iota: null,
  neg: unary(w.neg),
  abs: unary(w.abs),
  exp: unary(w.exp),
  log: unary(w.log, [0.5, 2]),
  sqrt: unary(w.sqrt, [0.5, 2]),
  sin: unary(w.sin),
  cos: unary(w.cos),
  tanh: unary(w.tanh),
  erf: unary(w.erf),
  floor: null,
  add: binary(w.add),
  sub: binary(w.sub),
  mul: [...binary(w.mul), ...unary((x) => w.mul(x, x)), { shapes: [[3], [2, 1]], build: w.mul }],
  div: [
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      build: w.div,
      range: [0.5, 2],
    },
  ],
  maximum: [...binary(w.maximum), ...unary((x) => w.maximum(x, w.neg(w.neg(x))))],
  minimum: [...binary(w.minimum), ...unary((x) => w.minimum(x, w.neg(w.neg(x))))],
  less: null,
  equal: null,
  and: null,
  not: null,
  where: binary((a, b) => w.where(w.less(a, b), w.mul(a, a), w.mul(b, b))),
  cast: null,
  matMul: [
    {
      shapes: [
        [2, 3],
        [3, 4],
      ],
      build: w.matMul,
    },
    {
      shapes: [
        [2, 2, 3],
        [2, 3, 4],
      ],
      build: w.matMul,
    },
    {
      shapes: [
        [2, 2, 3],
        [3, 4],
      ],
      build: w.matMul,
    },
  ],
  conv1d: [
    {
      shapes: [
        [2, 4, 9],
        [6, 2, 4],
      ],
      build: (x, k) => w.conv1d(x, k, conv),
    },
    {
      shapes: [
        [2, 3, 8],
        [2, 3, 3],
      ],
      build: (x, k) => w.conv1d(x, k, dilated),
    },
    {
      shapes: [
        [1, 2, 8],
        [2, 2, 2],
      ],
      build: (x, k) => w.conv1d(x, k, { stride: 3 }),
    },
  ],
  conv1dInputGradient: [
    {
      shapes: [
        [2, 6, 5],
        [6, 2, 4],
      ],
      build: (dy, k) => apply("conv1dInputGradient", [dy, k], { ...conv, time: 9 }),
    },
  ],
  conv1dWeightGradient: [
    {
      shapes: [
        [2, 4, 9],
        [2, 6, 5],
      ],
      build: (x, dy) => apply("conv1dWeightGradient", [x, dy], { ...conv, kernel: 4 }),
    },
  ],
  sum: [
    { shapes: [[2, 3, 2]], build: (x) => w.sum(x, [1]) },
    { shapes: [[2, 3, 2]], build: (x) => w.sum(x, [0, -1]) },
  ],
  max: [
    { shapes: [[2, 3, 2]], build: (x) => w.max(x, [1]) },
    { shapes: [[2, 3]], build: (x) => w.max(w.concat([x, w.neg(w.neg(x))], 1), [1]) },
  ],
  argMax: null,
  forwardAlgorithm: null,
  reshape: unary((x) => w.reshape(x, [3, 2])),
  transpose: [{ shapes: [[2, 3, 4]], build: (x) => w.transpose(x, [2, 0, 1]) }],
  expand: [
    { shapes: [[2, 1]], build: (x) => w.expand(x, [2, 5]) },
    { shapes: [[3]], build: (x) => w.broadcastTo(x, [2, 4, 3]) },
  ],
  slice: [
    { shapes: [[2, 7]], build: (x) => w.slice(x, 1, 2, 6) },
    { shapes: [[9, 2]], build: (x) => w.slice(x, 0, 1, 8, 3) },
    { shapes: [[2, 8, 2]], build: (x) => w.slice(x, 1, 0, 8, 4) },
    { shapes: [[2, 17]], build: (x) => w.slice(x, 1, 7, 12, 3) }, // two whole steps before, one element and rows behind
  ],
  pad: [{ shapes: [[2, 3]], build: (x) => w.pad(x, 1, 2, 1, 5) }],
  concat: [
    {
      shapes: [
        [2, 3],
        [2, 1],
      ],
      build: (a, b) => w.concat([a, b, a], 1),
    },
  ],
  gather: [{ shapes: [[4, 3]], build: (x) => w.gather(x, rows(6)) }],
  scatterAdd: [{ shapes: [[6, 2]], build: (x) => w.scatterAdd(rows(6), x, 4) }],
};

/** Every composite whose gradient is that of its decomposition; each is also compared with it. */
const compositeCases: Record<Exclude<CompositeName, "scaleGradient" | "straightThrough">, Case[]> = {
  linear: [
    { shapes: [[2, 3, 4], [5, 4], [5]], build: (x, weight, bias) => composites.linear(x, weight, bias) },
    {
      shapes: [
        [3, 4],
        [5, 4],
      ],
      build: composites.linear,
    },
    { shapes: [[4], [5, 4], [5]], build: (x, weight, bias) => composites.linear(x, weight, bias) },
  ],
  layerNorm: [
    { shapes: [[2, 3, 5], [5], [5]], build: (x, gain, bias) => composites.layerNorm(x, gain, bias) },
    { shapes: [[5], [5], [5]], build: (x, gain, bias) => composites.layerNorm(x, gain, bias) },
  ],
  standardize: [{ shapes: [[2, 3, 5]], build: (x) => composites.standardize(x) }],
  inverseDeviation: [{ shapes: [[2, 3, 5]], build: (x) => composites.inverseDeviation(x) }],
  groupNorm: [
    { shapes: [[2, 4, 5], [4], [4]], build: (x, gain, bias) => composites.groupNorm(x, gain, bias, 2) },
    { shapes: [[2, 3, 5], [3], [3]], build: (x, gain, bias) => composites.groupNorm(x, gain, bias, 3) },
  ],
  gelu: unary(composites.gelu, [-3, 3]),
  normalCdf: unary(composites.normalCdf, [-3, 3]),
  relu: unary(composites.relu),
  sigmoid: unary(composites.sigmoid),
  softmax: [{ shapes: [[2, 5]], build: composites.softmax }],
  logSoftmax: [{ shapes: [[2, 5]], build: composites.logSoftmax }],
  attention: [
    {
      shapes: [
        [2, 3, 4],
        [2, 5, 4],
        [2, 5, 4],
      ],
      build: (q, k, v) => composites.attention(q, k, v, 2),
    },
    {
      shapes: [
        [2, 3, 4],
        [2, 3, 4],
        [2, 3, 4],
        [2, 1, 3],
      ],
      build: (q, k, v, b) => composites.attention(q, k, v, 2, b),
    },
    {
      shapes: [
        [1, 3, 4],
        [1, 3, 4],
        [1, 3, 4],
        [2, 3, 3],
      ],
      build: (q, k, v, b) => composites.attention(q, k, v, 2, b),
    },
  ],
};

const worstErrors: string[] = [];
afterAll(() => console.log(`worst relative error of each gradient rule\n${worstErrors.join("\n")}`));

describe("gradient matches finite differences in float64", () => {
  const table = Object.entries({ ...opCases, ...compositeCases }).flatMap(([op, cases]) =>
    (cases ?? []).map((row, i) => ({ op, i, ...row })),
  );
  it.each(table)("$op $i", async ({ op, shapes, build, range = [-1.5, 1.5] }) => {
    const { worst, scale } = await checkGradient((inputs) => build(...inputs), points(shapes, range));
    worstErrors.push(`  ${op.padEnd(22)} ${worst.toExponential(1)}`);
    expect(scale).toBeGreaterThan(0.01); // a zero gradient would prove nothing
    expect(worst).toBeLessThan(TOLERANCE);
  });
});

describe("the gradient of a composite", () => {
  const table = Object.entries(compositeCases).flatMap(([op, cases]) =>
    cases.map((row, i) => ({ op, i, ...row })),
  );
  it.each(table)(
    "agrees with that of its decomposition: $op $i",
    async ({ shapes, build, range = [-1.5, 1.5] }) => {
      const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
      const whole = build(...inputs);
      if (whole.kind !== "composite") throw new Error(`got a ${whole.kind}; expected a composite`);
      const seed = input("seed", whole.shape);
      const results = await Promise.all(
        [whole, whole.body].map((value) =>
          run(gradient([{ value, seed }], inputs), points([...shapes, whole.shape as number[]], range)),
        ),
      );
      results[0]!.forEach((dx, i) => expect(distance(dx, results[1]![i]!)).toBeLessThan(1e-12));
    },
  );

  it("is scaled by scaleGradient, whose value is its input", async () => {
    const x = input("x0", [3]);
    const y = composites.scaleGradient(w.mul(x, x), 0.1);
    const [value, dx] = await run(
      [y, gradient([{ value: y, seed: w.constant(1, [3]) }], [x])[0]!],
      [{ shape: [3], values: [1, -2, 3] }],
    );
    expect([...value!]).toEqual([1, 4, 9]);
    expect([...dx!]).toEqual([0.2, -0.4, 0.6000000000000001]);
    const stopped = composites.scaleGradient(x, 0);
    expect(gradient([{ value: stopped, seed: w.constant(1, [3]) }], [x])).toEqual([null]);
  });

  it("goes to the second input of straightThrough, whose value is the first", async () => {
    const x = input("x0", [2]);
    const y = composites.straightThrough(w.floor(x), w.mul(x, 3));
    const [value, dx] = await run(
      [y, gradient([{ value: y, seed: w.constant(1, [2]) }], [x])[0]!],
      [{ shape: [2], values: [1.5, 2.5] }],
    );
    expect([...value!]).toEqual([1, 2]);
    expect([...dx!]).toEqual([3, 3]);
    expect(() => composites.straightThrough(x, input("z", [3]))).toThrow("straightThrough: got [2] and [3]");
  });
});

describe("gradient", () => {
  it("is null where nothing depends on the value, and for integers", () => {
    const [x, other, index] = [input("x", [2]), input("other", [2]), input("index", [2], "int32")];
    const value = w.add(w.exp(x), w.cast(index, "float32"));
    expect(gradient([{ value, seed: w.constant(1, [2]) }], [other, index])).toEqual([null, null]);
  });

  it("builds nothing for frozen parts and saves nothing of them", () => {
    const [x, frozen, trained] = [input("x", [4, 3]), input("frozen", [3, 3]), input("trained", [2, 3])];
    const hidden = composites.gelu(composites.linear(x, frozen));
    const y = composites.linear(hidden, trained);
    const [dTrained] = gradient([{ value: y, seed: input("seed", y.shape) }], [trained]);
    const values = topologicalOrder([dTrained!], () => true);
    expect(values).toContain(hidden);
    expect(values.filter((v) => v.kind === "op" && v.op === "erf")).toEqual([]);
    expect(values).not.toContain(y);
  });

  it("sums over several outputs and several uses", async () => {
    const x = input("x0", [1]);
    const y = w.mul(x, x);
    const outputs = [
      { value: y, seed: w.constant(1, [1]) },
      { value: w.mul(y, x), seed: w.constant(2, [1]) },
    ];
    expect([...(await run(gradient(outputs, [x]), [{ shape: [1], values: [3] }]))[0]!]).toEqual([
      2 * 3 + 2 * 3 * 9,
    ]);
  });

  it("can be taken of a gradient", async () => {
    const x = input("x0", [2]);
    const seed = w.constant(1, [2]);
    const [first] = gradient([{ value: w.sin(w.mul(x, x)), seed }], [x]);
    const [second] = await run(gradient([{ value: first!, seed }], [x]), [
      { shape: [2], values: [0.7, -1.1] },
    ]);
    const exact = [0.7, -1.1].map((v) => 2 * Math.cos(v * v) - 4 * v * v * Math.sin(v * v));
    expect(distance(second!, exact)).toBeLessThan(1e-14);
  });

  it("keeps symbolic lengths", async () => {
    const [batch, time] = [symbol("batch"), symbol("time")];
    const [x, weight] = [input("x", [batch, time, 3]), input("weight", [2, 3])];
    const y = w.sum(composites.softmax(composites.linear(w.slice(x, 1, 0, time, 2), weight)), [1]);
    const [dx] = gradient([{ value: y, seed: w.expand(w.constant(1, [1, 1, 1]), y.shape) }], [x]);
    expect(dx!.shape).toEqual([batch, time, 3]);
  });

  it("refuses a seed of another shape", () => {
    const x = input("x", [2]);
    expect(() => gradient([{ value: w.exp(x), seed: w.constant(1) }], [x])).toThrow(
      "gradient: the seed is float32[], the output float32[2]; expected float32 of one shape",
    );
  });

  it("differentiates a chain of 50,000 values without overflowing the stack", () => {
    const x = input("x", [1]);
    let y: Value = x;
    for (let i = 0; i < 50_000; i++) y = w.neg(y);
    expect(
      topologicalOrder([gradient([{ value: y, seed: w.constant(1, [1]) }], [x])[0]!]).length,
    ).toBeGreaterThan(50_000);
  });
});

/** Numbers that are neither equal nor near a kink. */
function points(
  shapes: readonly (readonly number[])[],
  [low, high]: readonly [number, number],
): GradientPoint[] {
  let state = 1;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  return shapes.map((shape) => {
    const count = shape.reduce((n, dim) => n * dim, 1);
    const values = Array.from({ length: count }, () => low + (high - low) * random());
    return { shape, values: values.map((v) => (Math.abs(v) < 0.02 ? 0.02 : v)) };
  });
}

async function run(
  outputs: readonly (Value | null)[],
  feeds: readonly GradientPoint[],
): Promise<Float64Array[]> {
  const built = graph(Object.fromEntries(outputs.map((value, i) => [`y${i}`, value!])));
  const program = await reference.compile(built, new Map());
  const named = feeds.map(({ shape, values }, i) => [
    i < feeds.length - 1 || !built.inputs.some(({ name }) => name === "seed") ? `x${i}` : "seed",
    referenceTensor(values, shape),
  ]);
  const result = await program.run(
    Object.fromEntries(named.filter(([name]) => built.inputs.some((x) => x.name === name))),
  );
  return outputs.map((_, i) => result[`y${i}`]!.data);
}

/** Largest difference, relative to the largest value. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const scale = Math.max(...Array.from(b, Math.abs));
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!))) / scale;
}
