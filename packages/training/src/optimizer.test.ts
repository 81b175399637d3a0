import { graph, input, reference, referenceTensor, type ReferenceTensor } from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { adamInPlace } from "./trainer/adam-in-place.js";
import { clipScale, globalNorm, gradientSumGraph } from "./gradient-norm.js";
import { adamCoefficients, adamGraph, averageGraph, type TrainedParameter } from "./optimizer.js";

/** Coefficients are float32. */
const TOLERANCE = 1e-6;
const parameters: readonly TrainedParameter[] = [
  { name: "weight", shape: [4, 6], group: "decayed", decays: true },
  { name: "bias", shape: [6], group: "plain", decays: false },
  { name: "gain", shape: [3], group: "plain", decays: false },
];

describe.skipIf(!hasGoldens)("Adam's steps, clipped to norm 1", () => {
  const kinds = [
    { kind: "adamw", eps: 1e-8, epsRule: "torch" },
    { kind: "adamw-large-eps", eps: 1e-2, epsRule: "torch" },
    { kind: "adam-fairseq", eps: 1e-2, epsRule: "fairseq" },
  ] as const;
  const ways = kinds.flatMap((kind) => [
    { ...kind, way: "a graph" },
    { ...kind, way: "in place" },
  ]);
  it.each(ways)("$kind as torch's and fairseq's, $way", async ({ kind, eps, epsRule, way }) => {
    const golden = await openGolden("optimizers");
    const tensor = async (key: string) => {
      const { data, shape } = await golden.tensor(key);
      return referenceTensor(data, shape);
    };
    const program = await reference.compile(adamGraph(parameters), new Map());
    const memoryOf = ({ data }: ReferenceTensor) => data as unknown as Float32Array; // float64, which reads and writes alike
    const inPlace = adamInPlace({ ...reference, free: () => undefined }, memoryOf, parameters);
    const norm = await reference.compile(
      graph({ norm: globalNorm(parameters.map(({ name, shape }) => input(name, shape))) }),
      new Map(),
    );
    let state: Record<string, ReferenceTensor> = {};
    for (const { name, shape } of parameters) {
      state[`parameter.${name}`] = await tensor(`start.${name}`);
      const zeros = new Float64Array(state[`parameter.${name}`]!.data.length);
      for (const key of [`first.${name}`, `second.${name}`])
        state[key] = referenceTensor(zeros.slice(), shape);
    }
    const rates = (await golden.tensor("rates")).data;
    const norms = (await golden.tensor("norms")).data;
    for (const [i, rate] of rates.entries()) {
      const gradients: Record<string, ReferenceTensor> = {};
      for (const { name } of parameters) gradients[name] = await tensor(`gradient.${i}.${name}`);
      const length = (await norm.run(gradients)).norm!.data[0]!;
      expectClose([length], [norms[i]!], TOLERANCE);
      const settings = {
        rate,
        betas: [0.9, 0.98],
        eps,
        epsRule,
        update: i + 1,
        gradientScale: clipScale(length, 1),
      } as const;
      const named = Object.fromEntries(
        Object.entries(gradients).map(([name, value]) => [`gradient.${name}`, value]),
      );
      const coefficients = {
        "adam.decayed": referenceTensor(adamCoefficients({ ...settings, weightDecay: 0.1 }), [6]),
        "adam.plain": referenceTensor(adamCoefficients({ ...settings, weightDecay: 0 }), [6]),
      };
      state =
        way === "in place"
          ? { ...(await inPlace.run(state, named, coefficients)) }
          : await program.run({ ...state, ...named, ...coefficients });
      for (const { name, shape } of parameters) {
        const expected = await golden.tensor(`${kind}.${i}.${name}`);
        expectClose(
          state[`parameter.${name}`]!.data,
          expected.data,
          TOLERANCE,
          shape,
          `${name} after step ${i}`,
        );
      }
    }
  });
});

describe("gradients", () => {
  it("are clipped only if they are too long", () => {
    expect(clipScale(0.5, 1)).toBe(1);
    expect(clipScale(4, 2)).toBeCloseTo(0.5, 6);
    expect(clipScale(NaN, 1)).toBeNaN();
  });

  it("add up over batches", async () => {
    const program = await reference.compile(gradientSumGraph(new Map([["w", [2]]])), new Map());
    const y = await program.run({
      "more.w": referenceTensor([1, 2], [2]),
      "gradient.w": referenceTensor([2, 2], [2]),
    });
    expect([...y["gradient.w"]!.data]).toEqual([3, 4]);
    expect([...y["norm"]!.data]).toEqual([5]);
  });
});

describe("averageGraph", () => {
  it("moves the average by the share towards the weights", async () => {
    const program = await reference.compile(averageGraph([{ name: "w", shape: [2] }]), new Map());
    const y = await program.run({
      "average.w": referenceTensor([1, 2], [2]),
      "parameter.w": referenceTensor([5, 0], [2]),
      share: referenceTensor([0.25], []),
    });
    expect([...y["average.w"]!.data]).toEqual([2, 1.5]);
  });
});
