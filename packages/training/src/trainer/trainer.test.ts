import { reference, weightFromArray, type ReferenceTensor, type Weights } from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random.js";
import type { GradientStep } from "./gradient-step.js";
import { createTrainer, type OptimizerSettings, type TrainerOptions } from "./trainer.js";

const NAMES = ["encoder.layers.0.a", "encoder.layers.1.a", "lm_head.bias"];
const shapes = new Map(NAMES.map((name) => [name, [1]]));
const start = (value: number): Weights =>
  new Map(NAMES.map((name) => [name, weightFromArray(Float32Array.of(value), [1])]));

/** A batch is the gradient of every parameter; Adam without momentum then moves each by its rate, up or down. */
const step: GradientStep<number, ReferenceTensor> = {
  parameters: shapes,
  run: (batch, weights) =>
    Promise.resolve({
      gradients: Object.fromEntries(Object.keys(weights).map((name) => [name.replace("parameter", "gradient"), reference.upload(Float32Array.of(batch), [1])])), // prettier-ignore
      norm: Math.abs(batch) * Math.sqrt(NAMES.length),
      units: 1,
      metrics: { loss: 0 },
    }),
  dispose: () => undefined,
};
const plain: OptimizerSettings = {
  betas: [0, 0],
  eps: 0,
  epsRule: "torch",
  weightDecay: 0,
  clip: 0,
  headRate: 1,
};

function trainer(
  optimizer: Partial<OptimizerSettings>,
  more: Partial<TrainerOptions<number, ReferenceTensor>> = {},
) {
  return createTrainer<number, ReferenceTensor>({
    backend: reference,
    weights: start(1),
    stages: [{ from: 0, isTrained: () => true }],
    optimizer: { ...plain, ...optimizer },
    makeStep: () => Promise.resolve(step),
    ...more,
  });
}

async function* batches(...values: number[]) {
  yield* values;
}

const valuesOf = async (weights: Weights) =>
  Promise.all([...weights].map(async ([name, handle]) => [name, (await handle.read())[0]] as const));

describe("learning rates of parts", () => {
  it("come from the longest path, and from headRate for the head", async () => {
    const own = trainer({ headRate: 10, rates: { encoder: 2, "encoder.layers.1": 3 } });
    await own.step(0, batches(0.5), 0.01, createRandom(1));
    const moved = (await valuesOf(own.weights())).map(([name, value]) => [
      name,
      Math.round(100 * (1 - value!)),
    ]);
    expect(moved).toEqual([["encoder.layers.0.a", 2], ["encoder.layers.1.a", 3], ["lm_head.bias", 10]]); // prettier-ignore
  });

  it("are refused for what does not learn", async () => {
    await expect(trainer({ rates: { "encoder.layer": 2 } }).prepare(0)).rejects.toThrow(
      /optimizer\.rates: nothing that learns is in "encoder\.layer"; expected paths of modules such as "encoder\.layers\.0"/,
    );
  });
});

describe("the running average of weights", () => {
  const signs = [1, 1, -1, 1];
  const weightAfter = (count: number) =>
    signs.slice(0, count).reduce((weight, sign) => weight - 0.01 * sign, 1);
  const averageAfter = (count: number, decay: number) => {
    let average = 1;
    for (let i = 0; i < count; i++)
      average += (1 - Math.min(decay, (1 + i) / (10 + i))) * (weightAfter(i + 1) - average);
    return average;
  };

  it.each([0.999, 0.15])(
    "is what is evaluated and saved, at decay %d; training itself goes on from the weights",
    async (average) => {
      const own = trainer({ average });
      for (const [update, sign] of signs.entries())
        await own.step(update, batches(sign), 0.01, createRandom(1));
      const expected = averageAfter(4, average);
      expect((await valuesOf(own.weights()))[0]![1]).toBeCloseTo(expected, 6);
      expect(own.parameters()["parameter.lm_head.bias"]!.data[0]).toBeCloseTo(expected, 6);
      expect((await own.moments().get("weight.lm_head.bias")!.read())[0]).toBeCloseTo(weightAfter(4), 6);
      expect(Math.abs(expected - weightAfter(4))).toBeGreaterThan(0.001);
    },
  );

  it("goes on from a checkpoint as if nothing had been, also into a stage that trains more", async () => {
    const stages = [
      { from: 0, isTrained: (name: string) => name === "lm_head.bias" },
      { from: 2, isTrained: () => true },
    ];
    const makeStep = (_: Weights, isTrained: (name: string) => boolean) =>
      Promise.resolve({ ...step, parameters: new Map([...shapes].filter(([name]) => isTrained(name))) });
    const whole = trainer({ average: 0.5 }, { stages, makeStep });
    for (const [update, sign] of signs.entries())
      await whole.step(update, batches(sign), 0.01, createRandom(1));

    const first = trainer({ average: 0.5 }, { stages, makeStep });
    for (const update of [0, 1]) await first.step(update, batches(signs[update]!), 0.01, createRandom(1));
    const second = trainer(
      { average: 0.5 },
      { stages, makeStep, weights: first.weights(), moments: first.moments() },
    );
    for (const update of [2, 3]) await second.step(update, batches(signs[update]!), 0.01, createRandom(1));
    expect(await valuesOf(second.weights())).toEqual(await valuesOf(whole.weights()));
    expect(await valuesOf(second.moments())).toEqual(await valuesOf(whole.moments()));
    const raw = (await second.moments().get("weight.lm_head.bias")!.read())[0];
    expect(raw).toBeCloseTo(weightAfter(4), 6);
  });
});

describe("accumulation", () => {
  it("takes the mean over the units of all batches, and clips it", async () => {
    // eps as large as the mean gradient: the step is half a rate; were it the sum, it would be more.
    const own = trainer({ eps: 2 });
    const { norm } = await own.step(0, batches(1, 3, 2), 0.01, createRandom(1));
    expect(norm).toBeCloseTo(2 * Math.sqrt(NAMES.length), 6);
    expect((await valuesOf(own.weights()))[0]![1]).toBeCloseTo(1 - 0.005, 6);
    const clipped = trainer({ eps: 2, clip: Math.sqrt(NAMES.length) });
    await clipped.step(0, batches(-6, 6, 6), 0.01, createRandom(1)); // mean 2, clipped to 1
    expect((await valuesOf(clipped.weights()))[0]![1]).toBeCloseTo(1 - 0.01 / 3, 5); // 1 / (1 + eps 2)
  });
});
