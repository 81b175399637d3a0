import { describe, expect, it } from "vitest";
import { reference, referenceTensor } from "../reference/reference.js";
import { attention, gelu, layerNorm, linear, scaleGradient, straightThrough } from "./composites.js";
import { symbol } from "./dim.js";
import { gradient } from "./gradient.js";
import { graph, input, param, topologicalOrder, type Graph, type Value } from "./graph.js";
import { print } from "./print.js";
import { simplify } from "./simplify.js";
import * as w from "./words.js";

const x = input("x", [2, 3]);

/** The lines of the simplified graph of one output. */
const lines = (y: Value) => print(simplify(graph({ y }))).split("\n");
const count = ({ outputs }: Graph) => topologicalOrder(Object.values(outputs), () => true).length;

describe("simplify", () => {
  it("merges equal values, also across different nodes of one parameter", () => {
    const twice = () => gelu(linear(x, param("weight", [4, 3])));
    expect(lines(w.mul(twice(), twice()))).toEqual([
      '%0 = input "x" float32[2, 3]',
      '%1 = param "weight" float32[4, 3]',
      "%2 = linear(%0, %1) float32[2, 4]",
      "%3 = gelu(%2) float32[2, 4]",
      "%4 = mul(%3, %3) float32[2, 4]",
      "return y = %4",
    ]);
  });

  it("keeps values apart whose attributes differ", () => {
    const y = w.add(w.slice(x, 1, 0, 1), w.slice(x, 1, 1, 2));
    expect(count(simplify(graph({ y })))).toBe(4);
  });

  const nothing: Record<string, Value> = {
    "reshape there and back": w.reshape(w.reshape(x, [6]), [2, 3]),
    "transpose there and back": w.transpose(w.transpose(x, [1, 0]), [1, 0]),
    "neg twice": w.neg(w.neg(x)),
    "adding 0": w.add(0, w.add(x, 0)),
    "subtracting 0": w.sub(x, 0),
    "multiplying by 1": w.mul(1, w.mul(x, 1)),
    "dividing by 1": w.div(x, 1),
    "where both are equal": w.where(w.less(x, 0), x, x),
    "a slice of everything": w.slice(x, 1, 0, 3),
    "padding by nothing": w.pad(x, 0, 0, 0),
    "concat of one": w.concat([x], 0),
    "a sum over a single element": w.reshape(w.sum(w.reshape(x, [2, 3, 1]), [2]), [2, 3]),
    scaleGradient: scaleGradient(x, 0.1),
    straightThrough: straightThrough(x, w.exp(x)),
  };
  it.each(Object.entries(nothing))("removes %s", (_, y) => {
    expect(lines(y)).toEqual(['%0 = input "x" float32[2, 3]', "return y = %0"]);
  });

  it("joins layout ops in a row, and turns the sum with a negative into a difference", () => {
    const y = w.add(x, w.neg(w.exp(x)));
    expect(
      lines(w.transpose(w.transpose(w.reshape(w.reshape(y, [6]), [1, 2, 3]), [1, 2, 0]), [1, 0, 2])),
    ).toEqual([
      '%0 = input "x" float32[2, 3]',
      "%1 = exp(%0) float32[2, 3]",
      "%2 = sub(%0, %1) float32[2, 3]",
      "%3 = reshape(%2, shape: [1, 2, 3]) float32[1, 2, 3]",
      "%4 = transpose(%3, order: [2, 1, 0]) float32[3, 2, 1]",
      "return y = %4",
    ]);
  });

  it("folds constants, broadcast ones included, but not symbolic ones", () => {
    const folded = w.mul(x, w.add(w.expand(w.constant(2, [1, 1]), [2, 3]), w.sqrt(w.constant(16))));
    expect(lines(folded)[1]).toBe("%1 = constant(value: 6, shape: [], dtype: float32) float32[]");
    const symbolic = w.mul(x, w.add(w.constant(symbol("batch")), 1));
    expect(lines(symbolic).join("\n")).toContain("value: batch");
  });

  it("leaves -0 and 0 apart", () => {
    expect(count(simplify(graph({ a: w.div(x, w.constant(0)), b: w.div(x, w.constant(-0)) })))).toBe(9);
  });

  it("gives the same numbers from fewer values in a training graph", async () => {
    const names = ["x", "q", "k", "v", "gain", "bias", "seed"];
    const [frames, ...weights] = [
      input("x", [2, 4, 6]),
      ...["q", "k", "v"].map((name) => input(name, [6, 6])),
      input("gain", [6]),
      input("bias", [6]),
    ] as const;
    const [q, k, v, gain, bias] = weights as [Value, Value, Value, Value, Value];
    const normal = layerNorm(frames, gain, bias);
    const y = gelu(w.add(frames, attention(linear(normal, q), linear(normal, k), linear(normal, v), 2)));
    const gradients = gradient([{ value: y, seed: input("seed", y.shape) }], [frames, ...weights]);
    const full = graph(Object.fromEntries(gradients.map((dx, i) => [`dx${i}`, dx!])));
    const short = simplify(full);
    console.log(
      `simplify: ${count(full)} values of one attention layer with its backward become ${count(short)}`,
    );
    expect(count(short)).toBeLessThan(0.92 * count(full));

    const feeds = Object.fromEntries(
      full.inputs.map(({ name, shape }) => {
        const size = shape.reduce<number>((n, dim) => n * (dim as number), 1); // numbers here
        const offset = names.indexOf(name);
        return [
          name,
          referenceTensor(
            Array.from({ length: size }, (_, i) => Math.sin(1 + i * 1.7 + offset)),
            shape as number[],
          ),
        ];
      }),
    );
    const [before, after] = await Promise.all(
      [full, short].map(async (g) => (await reference.compile(g, new Map())).run(feeds)),
    );
    for (const name of Object.keys(before!)) {
      const [a, b] = [before![name]!.data, after![name]!.data];
      const scale = Math.max(...a.map(Math.abs));
      expect(scale).toBeGreaterThan(0.01);
      a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(1e-14 * scale));
    }
  });

  it("walks chains of 50,000 values without overflowing the stack", () => {
    let y: Value = x;
    for (let i = 0; i < 50_000; i++) y = w.exp(y);
    expect(count(simplify(graph({ y })))).toBe(50_001);
  });
});
