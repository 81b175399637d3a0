import {
  contrastivePairs,
  ctcHead,
  encode,
  graph,
  input,
  namedConfig,
  param,
  parsePretrainingConfig,
  symbol,
  type Param,
} from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { initialWeights } from "./initial-weights.js";
import { createRandom } from "./random.js";

/** Parameters of a base model with all heads; layers beyond the first are alike. */
function parameters(): Param[] {
  const config = { ...namedConfig("base"), layers: 1 };
  const samples = input("samples", [symbol("batch"), symbol("samples")]);
  const features = encode(samples, config, { weightNorm: "factored" });
  const pairs = contrastivePairs(
    features,
    input("masked", [symbol("masked")], "int32"),
    parsePretrainingConfig({}),
  );
  const all = graph({
    logits: ctcHead(features, config),
    predictions: pairs.predictions,
    targets: pairs.targets,
  });
  return [...all.params, param("masked_spec_embed", [768])];
}

describe("initialWeights", () => {
  const params = parameters();
  const weights = initialWeights(params, createRandom(1));

  it("covers every parameter of a model, with values of its size", () => {
    expect(weights.size).toBe(params.length);
    for (const { name, shape } of params) {
      expect(weights.get(name)!.length).toBe(shape.reduce((n, dim) => n * dim, 1));
    }
    expect(() => initialWeights([param("other.weight", [2])], createRandom(1))).toThrow(
      'initialWeights: no rule for "other.weight" [2]',
    );
  });

  it.each([
    ["feature_extractor.conv_layers.1.conv.weight", 0, Math.sqrt(2 / (512 * 3))],
    ["encoder.layers.0.attention.q_proj.weight", 0, 0.02],
    ["encoder.pos_conv_embed.conv.parametrizations.weight.original1", 0, Math.sqrt(4 / (128 * 768))],
    ["quantizer.weight_proj.weight", 0, 1],
    ["quantizer.codevectors", 0.5, Math.sqrt(1 / 12)],
    ["project_q.weight", 0, 1 / Math.sqrt(3 * 256)],
    ["lm_head.weight", 0, 0.02],
    ["encoder.layer_norm.weight", 1, 0],
  ])("draws %s with mean %d and deviation %d", (name, mean, deviation) => {
    const values = weights.get(name)!;
    const average = values.reduce((a, b) => a + b, 0) / values.length;
    const spread = Math.sqrt(values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length);
    expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(values.length) + 1e-9);
    expect(Math.abs(spread - deviation)).toBeLessThan(0.02 * deviation + 1e-9);
  });

  it("gives weight norm a gain that leaves the direction as it is", () => {
    const prefix = "encoder.pos_conv_embed.conv.parametrizations.weight";
    const [gain, direction] = [weights.get(`${prefix}.original0`)!, weights.get(`${prefix}.original1`)!];
    const squares = new Float64Array(128);
    direction.forEach((v, i) => (squares[i % 128]! += v * v));
    expectClose(gain, squares.map(Math.sqrt), 1e-6);
  });
});
