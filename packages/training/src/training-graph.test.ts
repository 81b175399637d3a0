import {
  ctcHead,
  encode,
  gelu,
  gradient,
  graph,
  input,
  linear,
  namedConfig,
  param,
  reference,
  referenceTensor,
  symbol,
  topologicalOrder,
  weightFromArray,
  type Value,
} from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { crossEntropy } from "./cross-entropy.js";
import { trainingGraph } from "./training-graph.js";

const x = input("x", [4, 3]);
const hidden = gelu(linear(x, param("below.weight", [3, 3])));
const loss = crossEntropy(linear(hidden, param("head.weight", [2, 3])), input("labels", [4], "int32"));
const below = Array.from({ length: 9 }, (_, i) => Math.sin(i));
const head = Array.from({ length: 6 }, (_, i) => Math.cos(i));
const feeds = {
  x: referenceTensor(
    Array.from({ length: 12 }, (_, i) => Math.sin(2 * i)),
    [4, 3],
  ),
  labels: referenceTensor([0, 1, 1, 0], [4], "int32"),
};
const countValues = (outputs: readonly Value[]) => topologicalOrder(outputs, () => true).length;

describe("trainingGraph", () => {
  it("makes inputs of what is trained, keeps the rest as weights without a backward pass", async () => {
    const { graph: built, parameters } = trainingGraph({
      outputs: { loss },
      from: "loss",
      isTrained: (name) => name.startsWith("head"),
    });
    expect([...parameters]).toEqual([["head.weight", [2, 3]]]);
    expect(built.params.map(({ name }) => name)).toEqual(["below.weight"]);
    expect(Object.keys(built.outputs)).toEqual(["loss", "gradient.head.weight", "norm"]);
    const program = await reference.compile(
      built,
      new Map([["below.weight", weightFromArray(Float32Array.from(below), [3, 3])]]),
    );
    const y = await program.run({ ...feeds, "parameter.head.weight": referenceTensor(head, [2, 3]) });
    const squares = y["gradient.head.weight"]!.data.reduce((sum, g) => sum + g * g, 0);
    expectClose(y.norm!.data, [Math.sqrt(squares)], 1e-12);
    expect(squares).toBeGreaterThan(1e-4);
  });

  it("says what is missing", () => {
    const trained = { outputs: { loss }, isTrained: () => false };
    expect(() => trainingGraph({ ...trained, from: "loss" })).toThrow(
      "trainingGraph: no parameter has a gradient",
    );
    expect(() => trainingGraph({ ...trained, from: "los" })).toThrow(
      'trainingGraph: no output "los"; there are loss',
    );
  });

  it("is smaller than its parts for a base model, and smaller still with frozen ones", () => {
    const config = namedConfig("base");
    const features = encode(input("samples", [symbol("batch"), symbol("samples")]), config, {
      weightNorm: "factored",
    });
    const logits = ctcHead(features, config);
    const from = [{ value: logits, seed: input("seed", logits.shape) }];
    const sizeOf = (isTrained: (name: string) => boolean, checkpoints: readonly Value[] = []) =>
      countValues(
        Object.values(trainingGraph({ outputs: { logits }, from, isTrained, checkpoints }).graph.outputs),
      );
    const { params } = graph({ logits });
    const raw = gradient(from, params).map((dx) => dx!);
    const sizes = {
      forward: countValues([logits]),
      "with backward, not simplified, without norm": countValues([logits, ...raw]),
      "training all, with norm": sizeOf(() => true),
      "training all, layers computed again": sizeOf(() => true, features.hidden),
      "feature encoder frozen": sizeOf((name) => !name.startsWith("feature_extractor")),
      "head only": sizeOf((name) => name.startsWith("lm_head")),
    };
    console.log(
      Object.entries(sizes)
        .map(([what, count]) => `${what}: ${count} values`)
        .join("\n"),
    );
    const norm = 4 * params.length; // square, sum, reshape and add of each
    expect(sizes["training all, with norm"]).toBeLessThan(
      0.9 * (sizes["with backward, not simplified, without norm"] + norm),
    );
    expect(sizes["training all, layers computed again"]).toBeGreaterThan(sizes["training all, with norm"]);
    expect(sizes["feature encoder frozen"]).toBeLessThan(sizes["training all, with norm"]);
    expect(sizes["head only"]).toBeLessThan(1.1 * sizes.forward);
  });
});
