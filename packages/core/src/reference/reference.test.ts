import { describe, expect, it } from "vitest";
import { symbol } from "../graph/dim.js";
import { ShapeError } from "../graph/errors.js";
import { apply, graph, input, param, type Value } from "../graph/graph.js";
import {
  attention,
  gelu,
  groupNorm,
  layerNorm,
  linear,
  logSoftmax,
  mean,
  relu,
  sigmoid,
  softmax,
} from "../graph/composites.js";
import * as w from "../graph/words.js";
import { weightFromArray } from "../graph/weights.js";
import { erf } from "./elementwise.js";
import { reference, referenceTensor, type ReferenceTensor } from "./reference.js";

async function run(
  output: Value,
  inputs: Record<string, ReferenceTensor> = {},
): Promise<{ shape: readonly number[]; data: number[] }> {
  const program = await reference.compile(graph({ y: output }), new Map());
  const { y } = await program.run(inputs);
  return { shape: y!.shape, data: [...y!.data] };
}

const range = (shape: readonly number[], from = 0) =>
  referenceTensor(
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i + from),
    shape,
  );
const x23 = input("x", [2, 3]);
const ints = (data: number[]) => referenceTensor(data, [data.length], "int32");

describe("primitives", () => {
  const cases: [string, Value, Record<string, ReferenceTensor>, number[], number[]][] = [
    ["constant", w.constant(2.5, [2]), {}, [2], [2.5, 2.5]],
    ["iota", w.iota([2, 3], 1), {}, [2, 3], [0, 1, 2, 0, 1, 2]],
    [
      "sub with broadcasting",
      w.sub(x23, w.sum(x23, [1])),
      { x: range([2, 3]) },
      [2, 3],
      [-3, -2, -1, -9, -8, -7],
    ],
    ["int32 division", w.div(input("n", [4], "int32"), 2), { n: ints([5, -5, 4, 0]) }, [4], [2, -2, 2, 0]],
    ["less", w.less(x23, 3), { x: range([2, 3]) }, [2, 3], [1, 1, 1, 0, 0, 0]],
    ["where", w.where(w.less(x23, 3), -1, x23), { x: range([2, 3]) }, [2, 3], [-1, -1, -1, 3, 4, 5]],
    [
      "cast",
      w.cast(x23, "int32"),
      { x: referenceTensor([1.9, -1.9, 0.1, 2, -0.5, 7.5], [2, 3]) },
      [2, 3],
      [1, -1, 0, 2, -0, 7],
    ],
    ["matMul", w.matMul(x23, w.transpose(x23, [1, 0])), { x: range([2, 3]) }, [2, 2], [5, 14, 14, 50]],
    ["sum", w.sum(x23, [0]), { x: range([2, 3]) }, [1, 3], [3, 5, 7]],
    ["max", w.max(x23, [-1]), { x: range([2, 3]) }, [2, 1], [2, 5]],
    [
      "argMax takes the first of equals",
      w.argMax(x23, 1),
      { x: referenceTensor([1, 3, 3, 9, 2, 9], [2, 3]) },
      [2, 1],
      [1, 0],
    ],
    ["transpose", w.transpose(x23, [1, 0]), { x: range([2, 3]) }, [3, 2], [0, 3, 1, 4, 2, 5]],
    ["slice with a step", w.slice(x23, 1, 0, 3, 2), { x: range([2, 3]) }, [2, 2], [0, 2, 3, 5]],
    ["pad", w.pad(x23, 1, 1, 2, 9), { x: range([2, 3]) }, [2, 6], [9, 0, 1, 2, 9, 9, 9, 3, 4, 5, 9, 9]],
    ["concat", w.concat([x23, x23], 0), { x: range([2, 3]) }, [4, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]],
    [
      "gather",
      w.gather(x23, input("i", [3], "int32")),
      { x: range([2, 3]), i: ints([1, 0, 1]) },
      [3, 3],
      [3, 4, 5, 0, 1, 2, 3, 4, 5],
    ],
    [
      "scatterAdd",
      w.scatterAdd(input("i", [2], "int32"), x23, 3),
      { x: range([2, 3]), i: ints([2, 2]) },
      [3, 3],
      [0, 0, 0, 0, 0, 0, 3, 5, 7],
    ],
    ["mean", mean(x23, [1]), { x: range([2, 3]) }, [2, 1], [1, 4]],
  ];
  it.each(cases)("%s", async (_name, output, inputs, shape, data) => {
    expect(await run(output, inputs)).toEqual({ shape, data });
  });

  it("convolves with stride, padding, dilation and groups", async () => {
    const x = input("x", [1, 2, 5]);
    const weight = input("w", [2, 1, 2]);
    const y = w.conv1d(x, weight, { stride: 2, padding: [1, 0], dilation: 2, groups: 2 });
    // channel 0: 0 1 2 3 4 padded left; taps 2 apart; weights 1, 10
    const result = await run(y, { x: range([1, 2, 5]), w: referenceTensor([1, 10, 1, 10], [2, 1, 2]) });
    expect(result).toEqual({ shape: [1, 2, 2], data: [10, 31, 60, 86] });
  });
});

describe("forwardAlgorithm", () => {
  it("shares what comes from the state itself, the one before and, where it may, the one before that", async () => {
    const chain = w.exp(w.forwardAlgorithm(input("e", [1, 2, 3]), input("s", [1, 3])));
    const { data } = await run(chain, {
      e: referenceTensor([1, 3, 5, 1, 1, 1].map(Math.log), [1, 2, 3]),
      s: referenceTensor([w.UNREACHABLE, w.UNREACHABLE, 0], [1, 3]),
    });
    // After the first frame 1, 3 and 5 ninths; the second may come from itself and all before.
    [1, 3, 5, 1 / 9, 4 / 9, 1].forEach((p, i) => expect(data[i]).toBeCloseTo(p, 12));
  });
});

describe("composites", () => {
  const close = async (y: Value, inputs: Record<string, ReferenceTensor>, expected: number[]) => {
    const { data } = await run(y, inputs);
    expect(data).toHaveLength(expected.length);
    data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  };
  const x = { x: referenceTensor([0, 1, 2, -1, 0, 3], [2, 3]) };
  const e = Math.E;

  it("softmax and its logarithm", async () => {
    const [a, b] = [1 + e + e ** 2, 1 / e + 1 + e ** 3];
    await close(softmax(x23), x, [1 / a, e / a, e ** 2 / a, 1 / e / b, 1 / b, e ** 3 / b]);
    await close(logSoftmax(x23), x, [
      -Math.log(a),
      1 - Math.log(a),
      2 - Math.log(a),
      -1 - Math.log(b),
      -Math.log(b),
      3 - Math.log(b),
    ]);
  });

  it("softmax of large scores does not overflow", async () => {
    await close(softmax(input("x", [1, 2])), { x: referenceTensor([1000, 1000], [1, 2]) }, [0.5, 0.5]);
  });

  it("gelu, relu and sigmoid", async () => {
    await close(
      gelu(x23),
      x,
      [0, 0.8413447460685429, 1.9544997361036416, -0.15865525393145707, 0, 2.99595030590511],
    );
    await close(relu(x23), x, [0, 1, 2, 0, 0, 3]);
    await close(sigmoid(x23), x, [
      0.5,
      1 / (1 + 1 / e),
      1 / (1 + e ** -2),
      1 / (1 + e),
      0.5,
      1 / (1 + e ** -3),
    ]);
  });

  it("layer norm", async () => {
    const gain = referenceTensor([1, 2, 3], [3]);
    const s = Math.sqrt(2 / 3 + 1e-5);
    const y = layerNorm(input("x", [1, 3]), input("g", [3]), input("b", [3]));
    await close(y, { x: range([1, 3]), g: gain, b: gain }, [-1 / s + 1, 2, 3 / s + 3]);
  });

  it("group norm averages over each group's channels and time", async () => {
    const y = groupNorm(input("x", [1, 2, 2]), input("g", [2]), input("b", [2]), 1, 0);
    const s = Math.sqrt(1.25);
    const ones = referenceTensor([1, 2], [2]);
    await close(y, { x: range([1, 2, 2]), g: ones, b: referenceTensor([0, 1], [2]) }, [
      -1.5 / s,
      -0.5 / s,
      1 / s + 1,
      3 / s + 1,
    ]);
  });

  it("linear multiplies by the transposed weight", async () => {
    const y = linear(x23, input("w", [2, 3]), input("b", [2]));
    await close(
      y,
      { x: range([2, 3]), w: range([2, 3], 1), b: referenceTensor([10, 20], [2]) },
      [18, 37, 36, 82],
    );
  });

  it("attention mixes values by the scores of each head, and a bias hides keys", async () => {
    const q = input("q", [1, 1, 2]);
    const k = input("k", [1, 2, 2]);
    const v = input("v", [1, 2, 2]);
    const feeds = {
      q: referenceTensor([1, 0], [1, 1, 2]),
      k: referenceTensor([1, 5, 0, 7], [1, 2, 2]),
      v: referenceTensor([1, 2, 3, 4], [1, 2, 2]),
    };
    const p = e / (e + 1); // head 0 scores 1 and 0; head 1 scores 0 and 0
    await close(attention(q, k, v, 2), feeds, [p * 1 + (1 - p) * 3, 3]);
    const bias = input("bias", [1, 1, 1, 2]);
    await close(
      attention(q, k, v, 2, bias),
      { ...feeds, bias: referenceTensor([0, -1e9], [1, 1, 1, 2]) },
      [1, 2],
    );
  });
});

describe("erf", () => {
  it.each([
    [0.1, 0.1124629160182849],
    [1, 0.8427007929497149],
    [-2, -0.9953222650189527],
    [3.5, 0.9999992569016276],
    [7, 1],
  ])("of %f", (x, expected) => expect(Math.abs(erf(x) - expected)).toBeLessThan(2e-15));
});

describe("compile and run", () => {
  const n = symbol("n");

  it("serves every length with one program", async () => {
    const program = await reference.compile(graph({ y: w.sum(input("x", [n]), [0]) }), new Map());
    expect([...(await program.run({ x: range([3]) })).y!.data]).toEqual([3]);
    expect([...(await program.run({ x: range([5]) })).y!.data]).toEqual([10]);
  });

  it("reads parameters by name", async () => {
    const y = w.mul(param("scale", [1]), input("x", [n]));
    const program = await reference.compile(
      graph({ y }),
      new Map([["scale", weightFromArray(Float32Array.of(3), [1])]]),
    );
    expect([...(await program.run({ x: range([3]) })).y!.data]).toEqual([0, 3, 6]);
  });

  it("lists every weight that does not fit", async () => {
    const y = w.add(param("a", [2]), param("b", [2]));
    const compiled = reference.compile(
      graph({ y }),
      new Map([["a", weightFromArray(new Float32Array(3), [3])]]),
      { name: "tiny" },
    );
    await expect(compiled).rejects.toThrow(
      expect.objectContaining({
        name: "WeightError",
        message:
          'tiny: 2 of 2 parameters do not fit the weights\n  "a" is [3] in the weights, [2] in the graph\n  "b" [2] is missing',
      }),
    );
  });

  it.each<[string, Record<string, ReferenceTensor>, string]>([
    ["a missing input", {}, 'run: input "x" is missing; got none'],
    ["an unknown input", { x: range([2]), z: range([2]) }, 'run: unknown input "z"; expected x, y'],
    ["another dtype", { x: ints([1]), y: range([1]) }, 'run: input "x" is int32; expected float32'],
    [
      "lengths that disagree",
      { x: range([2]), y: range([3]) },
      'run: input "y" is [3]; expected [n] with n = 2',
    ],
  ])("refuses %s", async (_name, inputs, message) => {
    const program = await reference.compile(graph({ y: w.add(input("x", [n]), input("y", [n])) }), new Map());
    await expect(program.run(inputs)).rejects.toThrow(new ShapeError(message));
  });

  it("refuses a row that does not exist", async () => {
    const y = apply("gather", [x23, input("i", [1], "int32")], {});
    await expect(run(y, { x: range([2, 3]), i: ints([2]) })).rejects.toThrow(
      "gather: row 2 does not exist; there are 2",
    );
  });
});
