import {
  encode,
  graph,
  input,
  parseConfig,
  reference,
  referenceTensor,
  symbol,
  weightFromArray,
  type Features,
  type TrainingHooks,
  type Weights,
} from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { createDropout, type Dropout } from "./dropout.js";
import { initialWeights } from "./initial-weights.js";
import { createRandom } from "./random.js";
import { regularise, type RegularisationRates } from "./regularisation.js";
import { trainingGraph } from "./training-graph.js";

const base = {
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  conv_dim: [8, 8],
  conv_kernel: [10, 4],
  conv_stride: [5, 2],
  num_conv_pos_embeddings: 4,
  num_conv_pos_embedding_groups: 2,
};
const config = parseConfig(base);
const samples = input("samples", [symbol("batch"), symbol("samples")]);
const audio = referenceTensor(
  Array.from({ length: 2 * 300 }, (_, i) => Math.sin(i * i)),
  [2, 300],
);

const encodeWith = (hooks: TrainingHooks, settings = config) =>
  encode(samples, settings, { weightNorm: "factored", hooks });

function weightsOf(features: Features): Weights {
  const { params } = graph({ last: features.last });
  const values = initialWeights(params, createRandom(2));
  return new Map(params.map(({ name, shape }) => [name, weightFromArray(values.get(name)!, shape)]));
}

async function run(features: Features, dropout: Dropout, keeps?: readonly number[]) {
  const built = graph({ first: features.hidden[0]!, last: features.last });
  const drawn = Object.entries(
    dropout.draw(
      new Map([
        ["batch", 2],
        ["samples", 300],
      ]),
      createRandom(3),
    ),
  );
  const program = await reference.compile(built, weightsOf(features));
  return program.run({
    samples: audio,
    ...(keeps && { layerKeeps: referenceTensor(keeps, [2], "bool") }),
    ...Object.fromEntries(drawn.map(([name, { data, shape }]) => [name, referenceTensor(data, shape)])),
  });
}

describe.each([
  ["post-norm", config],
  ["pre-norm", parseConfig({ ...base, do_stable_layer_norm: true })],
] as const)("regularise, %s", (_, settings) => {
  it("acts at the input, and in each layer on attention weights, activation and both branches", async () => {
    const dropout = createDropout();
    const rates: RegularisationRates = { projection: 0.1, hidden: 0.2, attention: 0.3, activation: 0.1 };
    const features = encodeWith(regularise(rates, dropout, settings.layers), settings);
    const places = dropout.draw(
      new Map([
        ["batch", 2],
        ["samples", 300],
      ]),
      createRandom(1),
    )["dropout.columns"]!.shape[0];
    expect(places).toBe(2 + 2 * 4);
    const [plain, dropped] = await Promise.all([
      run(encodeWith({}, settings), createDropout()),
      run(features, dropout),
    ]);
    expect(() => expectClose(dropped.last!.data, plain.last!.data, 1e-2)).toThrow("off by");
  });

  it("changes nothing but the form when attention weights pass through a hook that changes nothing", async () => {
    const none = createDropout();
    const [plain, hooked] = await Promise.all([
      run(encodeWith({}, settings), none),
      run(encodeWith({ attentionWeights: (x) => x }, settings), none),
    ]);
    expectClose(hooked.last!.data, plain.last!.data, 1e-12);
  });
});

describe("regularise", () => {
  it("leaves out the layers that are not kept", async () => {
    const features = encodeWith(regularise({ layer: 0.5 }, createDropout(), 2));
    const [none, both, plain] = await Promise.all([
      run(features, createDropout(), [0, 0]),
      run(features, createDropout(), [1, 1]),
      run(encodeWith({}), createDropout()),
    ]);
    expect(none.last!.data).toEqual(none.first!.data);
    expect(both.last!.data).toEqual(plain.last!.data);
    expect(none.last!.data).not.toEqual(plain.last!.data);
  });

  it("freezes the feature encoder with a gradient scale of 0", () => {
    const trained = (featureGradient: number) => {
      const { last } = encodeWith(regularise({ featureGradient }, createDropout(), 2));
      const from = [{ value: last, seed: input("seed", last.shape) }];
      return [...trainingGraph({ outputs: { last }, from, isTrained: () => true }).parameters.keys()];
    };
    const isConv = (name: string) => name.startsWith("feature_extractor");
    expect(trained(1).some(isConv)).toBe(true);
    expect(trained(0).some(isConv)).toBe(false);
    expect(trained(0).length).toBe(trained(1).filter((name) => !isConv(name)).length);
  });
});
