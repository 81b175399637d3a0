import { describe, expect, it } from "vitest";
import { reference, referenceTensor } from "../reference/reference.js";
import { gelu, linear, softmax } from "./composites.js";
import { checkGradient } from "./gradient-check.js";
import { gradient } from "./gradient.js";
import { graph, input, topologicalOrder, type Value } from "./graph.js";
import { simplify } from "./simplify.js";
import { add, mul } from "./words.js";

const LAYERS = 4;
const x = input("x", [3, 2]);
const weights = Array.from({ length: LAYERS }, (_, i) => input(`weight${i}`, [2, 2]));

/** Residual layers; `hidden` are their inputs and the last one's output. */
function stack(from: Value, layerWeights: readonly Value[]): Value[] {
  const hidden = [from];
  for (const weight of layerWeights) {
    const last = hidden.at(-1)!;
    hidden.push(add(last, mul(softmax(linear(last, weight)), gelu(last))));
  }
  return hidden;
}

const values = (outputs: readonly Value[]) => topologicalOrder(outputs, () => true);

describe("rematerialisation", () => {
  const hidden = stack(x, weights);
  const y = hidden.at(-1)!;
  const outputs = [{ value: y, seed: input("seed", y.shape) }];
  const wrt = [x, ...weights];

  /** Forward values that the backward pass reads: what must stay in memory between them. */
  const saved = (gradients: readonly (Value | null)[]) => {
    const forward = new Set(values([y]));
    const read = new Set<Value>();
    for (const value of values(gradients.map((dx) => dx!))) {
      if (forward.has(value) || (value.kind !== "op" && value.kind !== "composite")) continue;
      for (const from of value.inputs) if (forward.has(from) && from.kind !== "input") read.add(from);
    }
    return [...read];
  };

  /** Softmax of the layer after the last checkpoint; its gelu is made again from what the layer begins with. */
  const isFactorOfLastLayer = (value: Value) => {
    const product = y.kind === "op" ? y.inputs[1] : undefined;
    return product?.kind === "op" && product.inputs[0] === value;
  };

  it("saves only the checkpoints, and the layer after the last of them", () => {
    const checkpoints = hidden.slice(0, LAYERS);
    const all = saved(gradient(outputs, wrt));
    const few = saved(gradient(outputs, wrt, { checkpoints }));
    expect(all.length).toBe(LAYERS * 2 - 1); // hidden and softmax of each layer; the first hidden is the input
    const expected = new Set([...hidden.slice(1, LAYERS), ...values([y]).filter(isFactorOfLastLayer)]);
    expect(few.length).toBe(expected.size);
    expect(few.every((value) => expected.has(value))).toBe(true);
  });

  it("gives the same gradients to the last bit, also after equal values are merged", async () => {
    const named = (gradients: readonly (Value | null)[]) =>
      simplify(graph(Object.fromEntries(gradients.map((dx, i) => [`dx${i}`, dx!]))));
    const plain = named(gradient(outputs, wrt));
    const frugal = named(gradient(outputs, wrt, { checkpoints: hidden.slice(0, LAYERS) }));
    const layersOf = (g: typeof plain) =>
      values(Object.values(g.outputs)).filter((value) => value.kind === "composite" && value.op === "softmax")
        .length;
    expect([layersOf(plain), layersOf(frugal)]).toEqual([LAYERS, 2 * LAYERS - 1]);

    const feeds = Object.fromEntries(
      plain.inputs.map(({ name, shape }, n) => {
        const size = shape.reduce<number>((product, dim) => product * (dim as number), 1); // numbers here
        return [
          name,
          referenceTensor(
            Array.from({ length: size }, (_, i) => Math.sin(n + 1 + 3 * i)),
            shape as number[],
          ),
        ];
      }),
    );
    const run = async (g: typeof plain) => (await reference.compile(g, new Map())).run(feeds);
    const [a, b] = await Promise.all([run(plain), run(frugal)]);
    for (const name of Object.keys(a)) expect(b[name]!.data).toEqual(a[name]!.data);
  });

  it("agrees with finite differences", async () => {
    const shapes = [[3, 2], ...weights.map(() => [2, 2])];
    const point = shapes.map((shape, n) => ({
      shape,
      values: Array.from({ length: shape[0]! * 2 }, (_, i) => Math.cos(n + 2 * i)),
    }));
    let marks: Value[] = [];
    const build = ([from, ...layerWeights]: readonly Value[]) => {
      marks = stack(from!, layerWeights);
      return marks.at(-1)!;
    };
    const options = {
      get checkpoints() {
        return marks.slice(1, LAYERS);
      },
    }; // known once `build` has run
    const { worst, scale } = await checkGradient(build, point, options);
    expect(scale).toBeGreaterThan(0.05);
    expect(worst).toBeLessThan(1e-9);
  });
});
