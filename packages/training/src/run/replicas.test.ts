import { ortBackend } from "@wav2vec/backend-ort";
import { expand, graph, input, mul, param, reshape, sum, symbol, type TypedArray, parseConfig, reference, weightFromArray, type Weights } from "@wav2vec/core"; // prettier-ignore
import { expectClose } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { TINY } from "../fixtures/tone-speech.js";
import { initialWeights } from "../initial-weights.js";
import { createRandom } from "../random.js";
import { trainingGraph } from "../training-graph.js";
import { compileStep } from "../trainer/compile-step.js";
import { ctcStep, ctcTrainingValues, type CtcTrainingBatch } from "../trainer/ctc-step.js";
import type { StepResult } from "../trainer/gradient-step.js";
import { cutBatch, type Sharing } from "../trainer/replicas.js";
import { replicaThreads } from "./replica-threads.js";
import { serveReplica } from "./serve-replica.js";

const REPLICA = new URL("../fixtures/replica.ts", import.meta.url);
const backend = ortBackend({ ort, threads: 1 });
const replicas = replicaThreads(REPLICA, 2);
afterAll(() => replicas.close());

describe("a batch", () => {
  it("is cut into parts of as many clips, or one more, everything that is of a clip with it", () => {
    const batch = { names: ["a", "b", "c", "d", "e"], indices: Int32Array.of(1, 2, 3, 4, 5), clips: [], temperature: 2 }; // prettier-ignore
    expect(cutBatch(batch, 2)).toEqual([
      { names: ["a", "b"], indices: Int32Array.of(1, 2), clips: [], temperature: 2 },
      { names: ["c", "d", "e"], indices: Int32Array.of(3, 4, 5), clips: [], temperature: 2 },
    ]);
    expect(cutBatch(batch, 9)).toHaveLength(5);
  });
});

const config = parseConfig({ ...TINY, vocab_size: 9 });
const RECIPE = { normalise: true, rates: {}, finalDropout: 0, perLabel: true, rematerialise: false };
const random = createRandom(3);
const CLIPS = [5000, 7000, 6000, 5500, 6500];
const batch: CtcTrainingBatch = {
  names: CLIPS.map(String),
  clips: CLIPS.map((length) => Float32Array.from({ length }, () => random.normal())),
  labels: CLIPS.map((_, i) => Int32Array.of(5 + (i % 4), 6)),
};

/** One step; frozen convolutions stay weights of the programs. */
async function step(recipe: typeof RECIPE & { readonly finalDropout: number }, sharing?: Sharing) {
  const isTrained = (name: string) => !name.startsWith("feature_extractor.");
  const { params } = graph({ logits: ctcTrainingValues(config, recipe).logits });
  const drawn = initialWeights(params, createRandom(1), () => true);
  const weights: Weights = new Map(params.map(({ name, shape }) => [name, weightFromArray(drawn.get(name)!, shape)])); // prettier-ignore
  const own = await ctcStep(config, recipe, backend, weights, isTrained, sharing && { sharing });
  const present = Object.fromEntries([...own.parameters].map(([name, shape]) => [`parameter.${name}`, backend.upload(drawn.get(name)!, shape)])); // prettier-ignore
  const results: StepResult<(typeof present)[string]>[] = [];
  for (const seed of [1, 2]) results.push(await own.run(batch, present, createRandom(seed)));
  own.dispose();
  const [{ gradients, norm, units, metrics }] = results.slice(-1) as [(typeof results)[number]]; // there are two
  const arrays = await Promise.all(Object.entries(gradients).map(async ([name, tensor]) => [name, await backend.download(tensor)] as const)); // prettier-ignore
  return { gradients: new Map(arrays), norm, units, metrics };
}

describe("replicas", () => {
  it("give the gradients of the whole batch, and the same to the bit as one thread does with the parts", async () => {
    const whole = await step(RECIPE);
    const here = await step(RECIPE, { parts: 3 });
    const shared = await step(RECIPE, { parts: 3, replicas });
    expect(shared).toEqual(here);
    expect(here.units).toBe(5);
    expect(here.metrics["loss"]).toBeCloseTo(whole.metrics["loss"]!, 4);
    expect(here.norm / whole.norm).toBeCloseTo(1, 5);
    const all = ({ gradients }: typeof whole) => Float64Array.from([...gradients.values()].flatMap((own) => Array.from(own as Float32Array))); // prettier-ignore
    expectClose(all(here), all(whole), 1e-5);
    const squares = all(here).reduce((sum, x) => sum + x * x, 0);
    expect(here.norm / Math.sqrt(squares)).toBeCloseTo(1, 6);
  });

  it("draw for each part in turn, so that threads change nothing of what is random", async () => {
    const recipe = { ...RECIPE, finalDropout: 0.5 };
    const here = await step(recipe, { parts: 2 });
    expect(await step(recipe, { parts: 2, replicas })).toEqual(here);
    expect((await step(recipe, { parts: 3, replicas })).norm).not.toBe(here.norm);
  });

  it("take turns where there are more parts than threads", async () => {
    expect(await step(RECIPE, { parts: 5, replicas })).toEqual(await step(RECIPE, { parts: 5 }));

    // A loss that is one number: replicas write it to the same place each time.
    const loss = sum(mul(input("x", [symbol("rows"), 2]), expand(param("w", [1, 2]), [symbol("rows"), 2])), [0, 1]); // prettier-ignore
    const built = trainingGraph({
      outputs: { loss: reshape(loss, []) },
      from: "loss",
      isTrained: () => true,
    });
    const rows = { names: ["a", "b", "c", "d", "e"], values: [1, 2, 3, 4, 5] };
    const draw = ({ values }: typeof rows) =>
      Promise.resolve({
        host: { x: { data: Float32Array.from(values.flatMap((x) => [x, x])), shape: [values.length, 2] } },
        units: values.length,
        metrics: ({ loss: total }: Readonly<Record<string, TypedArray>>) => ({
          loss: total![0]! / values.length,
        }),
      });
    const own = await compileStep({ name: "rows", built, draw }, backend, new Map(), { parts: 5, replicas });
    const present = { "parameter.w": backend.upload(Float32Array.of(10, 1), [1, 2]) };
    const { gradients, metrics, norm } = await own.run(rows, present, createRandom(1));
    expect(metrics).toEqual({ loss: (11 * 15) / 5 });
    expect([...(await backend.download(gradients["gradient.w"]!))]).toEqual([15, 15]);
    expect(norm).toBeCloseTo(15 * Math.SQRT2, 5);
    own.dispose();
  });

  it("need tensors that lie on the host", async () => {
    const built = { graph: graph({}), parameters: new Map() };
    await expect(compileStep({ name: "x", built, draw: () => Promise.reject(new Error()) }, reference, new Map(), { parts: 2 })).rejects.toThrow(/cut into 2 parts, but tensors of backend reference do not lie on the host/); // prettier-ignore
    expect(() => serveReplica(backend)).toThrow(/this is the main thread/);
  });

  it("say what failed on their thread, and stay usable", async () => {
    const parameters = new Map([["a", [2]]]);
    const product = mul(input("x", [2]), input("parameter.a", [2]));
    const compiled = await replicas.compile({ name: "product", graph: graph({ product }), weights: new Map(), parameters }); // prettier-ignore
    compiled.share({ "parameter.a": Float32Array.of(3, 4) });
    await expect(compiled.run(0, {})).rejects.toThrow(/a replica failed: .*"x"/);
    const x = { data: Float32Array.of(1, 2), shape: [2] };
    expect(await compiled.run(0, { x })).toEqual({ product: Float32Array.of(3, 8) });
    compiled.share({ "parameter.a": Float32Array.of(5, 6) });
    expect(await compiled.run(1, { x })).toEqual({ product: Float32Array.of(5, 12) });
    compiled.dispose();
  });

  it("end with an error for whoever waits, and for whoever asks later", async () => {
    const own = replicaThreads(REPLICA, 1);
    const program = { name: "copy", graph: graph({ y: mul(input("x", [1]), 2) }), weights: new Map(), parameters: new Map() }; // prettier-ignore
    const compiled = await own.compile(program);
    const x = { data: new Float32Array(1), shape: [1] };
    const waiting = compiled.run(0, { x });
    const told = expect(waiting).rejects.toThrow(/a replica's thread ended: .*; resume the run/);
    await own.close();
    await told;
    await expect(own.compile(program)).rejects.toThrow(/thread ended/);
    const broken = replicaThreads(new URL("nowhere.mjs", import.meta.url), 1);
    await expect(broken.compile(program)).rejects.toThrow(/thread ended: .*nowhere\.mjs/);
    await broken.close();
  });
});
