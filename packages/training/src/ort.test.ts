import {
  ctcHead,
  graph,
  input,
  reference,
  type Backend,
  type Graph,
  type ReferenceTensor,
  type Tensor,
  type TypedArray,
  type Weights,
} from "@wav2vec/core";
import { ortBackend } from "@wav2vec/backend-ort";
import {
  expectClose,
  hasGoldens,
  openGolden,
  seededRandom,
  worstDifference,
  type Golden,
} from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ctcGraph } from "./ctc-graph.js";
import { createDropout } from "./dropout.js";
import {
  goldenBatch,
  goldenKey,
  goldenModel,
  goldenTargets,
  meanPerLabel,
  only,
  parameterTensors,
  type Tensors,
} from "./fixtures/golden-model.js";
import { goldenPretraining } from "./fixtures/golden-pretraining.js";
import { adamCoefficients, adamGraph } from "./optimizer.js";
import { createRandom } from "./random.js";
import { adamUpdates } from "./trainer/adam-updates.js";
import { trainingGraph } from "./training-graph.js";

/** float32 throughout: gradients to a thousandth of the largest entry, as the goldens' README asks. */
const TOLERANCE = 1e-3;
const backend = ortBackend({ ort, threads: 1 });

/** Runs a graph once on ONNX Runtime with the reference's tensors. */
async function runOrt(
  g: Graph,
  weights: Weights,
  feeds: Tensors,
  donate: readonly string[] = [],
): Promise<Tensors> {
  const program = await backend.compile(g, weights);
  const given = Object.fromEntries(
    Object.entries(only(g.inputs, feeds)).map(([name, tensor]) => [name, upload(backend, tensor)]),
  );
  const result = await program.run(given, { donate });
  const tensors: Tensors = {};
  for (const [name, tensor] of Object.entries(result)) {
    tensors[name] = { ...tensor, data: Float64Array.from(await backend.download(tensor)) };
  }
  program.dispose();
  return tensors;
}

function upload<T extends Tensor>(to: Backend<T>, { data, shape, dtype }: ReferenceTensor): T {
  const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
  return to.upload(arrays[dtype].from(data) as TypedArray, shape);
}

/** The parameter whose gradient is farthest from the golden, relative to its largest entry. */
async function worstGradient(golden: Golden, prefix: string, names: Iterable<string>, result: Tensors) {
  let worst = { key: "", relative: 0 };
  for (const key of names) {
    if (key.endsWith("k_proj.bias")) continue; // zero in theory; the golden holds noise
    const { data } = await golden.tensor(`${prefix}.${goldenKey(key)}`);
    const { relative } = worstDifference(result[`gradient.${key}`]!.data, data);
    if (relative > worst.relative) worst = { key, relative };
  }
  return worst;
}

describe.skipIf(!hasGoldens)("on ONNX Runtime", () => {
  const models = { "wav2vec2-base-ctc": undefined, "wav2vec2-mms-adapter": [8000, 6000] } as const;
  it.each(Object.entries(models))("%s has torch's gradients", async (name, lengths) => {
    const golden = await openGolden(`gradients.${name}`);
    const { checkpoint, config, features, weights } = await goldenModel(name, lengths);
    const ctc = await goldenTargets(golden, lengths, config);
    const feeds = { ...(await goldenBatch(lengths)), ...ctc.feeds };
    const logits = ctcHead(features, config);
    const { losses, gradient } = ctcGraph(logits);
    const built = trainingGraph({
      outputs: { logits, losses },
      from: [{ value: logits, seed: gradient }],
      isTrained: () => true,
      checkpoints: features.hidden,
    });
    const parameters = await parameterTensors(built.parameters, weights);
    const result = await runOrt(built.graph, weights, { ...feeds, ...parameters });
    expectClose(result.logits!.data, (await golden.tensor("logits")).data, TOLERANCE);
    const loss = meanPerLabel(result.losses!.data, ctc.labelCounts);
    expectClose([loss], (await golden.tensor("loss")).data, TOLERANCE);
    const worst = await worstGradient(golden, "grad", built.parameters.keys(), result);
    console.log(`ort ${name}: worst gradient ${worst.relative.toExponential(1)} in ${worst.key}`);
    expect(worst.relative).toBeLessThan(TOLERANCE);
    await checkpoint.close();
  });
});

describe.skipIf(!hasGoldens)("on ONNX Runtime", () => {
  it.each(["wav2vec2-base-pretraining", "wav2vec2-lv60-pretraining"] as const)(
    "%s has fairseq's loss and gradients",
    async (name) => {
      const { golden, checkpoint, weights, outputs, feeds } = await goldenPretraining(name, "fairseq", true);
      const built = trainingGraph({ outputs, from: "loss", isTrained: () => true });
      const parameters = await parameterTensors(built.parameters, weights);
      const result = await runOrt(built.graph, weights, { ...feeds, ...parameters });
      for (const [output, key] of [
        ["loss", "loss"],
        ["logits", "logits"],
        ["codes", "codes"],
        ["probPerplexity", "prob_perplexity"],
      ] as const) {
        expectClose(
          result[output]!.data,
          (await golden.tensor(`fairseq.${key}`)).data,
          TOLERANCE,
          undefined,
          key,
        );
      }
      const worst = await worstGradient(golden, "fairseq.grad", built.parameters.keys(), result);
      console.log(`ort ${name}: worst gradient ${worst.relative.toExponential(1)} in ${worst.key}`);
      expect(worst.relative).toBeLessThan(TOLERANCE);
      await checkpoint.close();
    },
  );
});

describe("on ONNX Runtime", () => {
  it("dropout drops the same elements as on the reference backend", async () => {
    const dropout = createDropout();
    const random = seededRandom(1);
    const x: ReferenceTensor = {
      data: new Float64Array(3 * 70 * 90).map(() => 1 + random()),
      shape: [3, 70, 90],
      dtype: "float32",
    };
    const g = graph({
      first: dropout.apply(input("x", [3, 70, 90]), 0.1),
      second: dropout.apply(input("x", [3, 70, 90]), 0.37),
    });
    const drawn = Object.entries(dropout.draw(new Map(), createRandom(11)));
    const feeds: Tensors = {
      x,
      ...Object.fromEntries(
        drawn.map(([name, { data, shape }]) => [
          name,
          { data: Float64Array.from(data), shape, dtype: "float32" },
        ]),
      ),
    };
    const expected = await (await reference.compile(g, new Map())).run(feeds);
    const actual = await runOrt(g, new Map(), feeds);
    for (const name of ["first", "second"]) {
      expect(actual[name]!.data.map((v) => Number(v === 0))).toEqual(
        expected[name]!.data.map((v) => Number(v === 0)),
      );
    }
  });

  it("the optimiser's step is the reference's, in the tensors that it was given", async () => {
    const parameters = [{ name: "w", shape: [50], group: "all", decays: true }];
    const settings = {
      rate: 0.01,
      betas: [0.9, 0.98],
      eps: 1e-6,
      epsRule: "fairseq",
      weightDecay: 0.01,
      update: 3,
      gradientScale: 0.5,
    } as const;
    const tensor = (f: (i: number) => number): ReferenceTensor => ({
      data: new Float64Array(50).map((_, i) => f(i)),
      shape: [50],
      dtype: "float32",
    });
    const feeds: Tensors = {
      "parameter.w": tensor(Math.sin),
      "gradient.w": tensor(Math.cos),
      "first.w": tensor((i) => Math.sin(2 * i)),
      "second.w": tensor((i) => 1 + Math.sin(3 * i)),
      "adam.all": { data: Float64Array.from(adamCoefficients(settings)), shape: [6], dtype: "float32" },
    };
    const expected = await (await reference.compile(adamGraph(parameters), new Map())).run(feeds);
    const uploaded = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [name, upload(backend, feeds[name]!)]));
    const state = uploaded("parameter.w", "first.w", "second.w");
    const updates = await adamUpdates(backend, parameters);
    const next = await updates.run(state, uploaded("gradient.w"), uploaded("adam.all"));
    expect(Object.keys(next)).toEqual(Object.keys(state));
    for (const [name, tensor] of Object.entries(next)) {
      expectClose(await backend.download(tensor), expected[name]!.data, 1e-6);
      expect(tensor).toBe(state[name]);
    }
    updates.dispose();
  });
});
