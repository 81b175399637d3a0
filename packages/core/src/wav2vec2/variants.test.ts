// What the siblings' settings beyond the reference models do; their values were compared with transformers 5.23 by hand.
import { describe, expect, it } from "vitest";
import { weightFromArray } from "../graph/weights.js";
import { reference } from "../reference/reference.js";
import { clipGraph, clipPrograms } from "./clip-programs.js";
import { parseConfig } from "./config.js";
import { frameCount, receptiveField, samplesPerFrame } from "./frame-counts.js";
import { headGraph } from "./heads/define-head.js";

const tiny = { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
const drawn = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) ** 1.5 + seed));
const clips = [drawn(6000, 1), drawn(3111, 2)];

describe.each<[string, object]>([
  [
    "w2v-BERT with adapters that attend",
    {
      model_type: "wav2vec2-bert",
      add_adapter: true,
      num_adapter_layers: 2,
      output_hidden_size: 4,
      use_intermediate_ffn_before_adapter: true,
    },
  ],
  ["HuBERT with batch norm before its positions", { model_type: "hubert", conv_pos_batch_norm: true }],
  ["HuBERT without a norm before the projection", { model_type: "hubert", feat_proj_layer_norm: false }],
])("%s", (_name, json) => {
  const sizes = { conv_dim: [4, 4], conv_kernel: [10, 8], conv_stride: [5, 4], num_conv_pos_embeddings: 4, num_conv_pos_embedding_groups: 2 }; // prettier-ignore
  const config = parseConfig({ ...tiny, ...sizes, ...json });

  it("gives a clip the same in a batch as alone, with the frames that the config promises", async () => {
    const definition = headGraph(config, ({ last }) => ({ last }));
    const weights = new Map(
      clipGraph(definition, false).params.map(({ name, shape }, i) => {
        const data = drawn(
          shape.reduce((n, dim) => n * dim, 1),
          i,
        );
        return [
          name,
          weightFromArray(name.endsWith("running_var") ? data.map((x) => 1 + x * x) : data, shape),
        ];
      }),
    );
    const programs = await clipPrograms(definition, reference, weights, { normalise: true, name: "tiny" });
    const { last: together } = await programs.run(clips);
    for (const [i, clip] of clips.entries()) {
      const alone = (await programs.run([clip])).last[0]!;
      expect(alone.shape[0]).toBe(frameCount(clip.length, config));
      expect(together[i]!.shape).toEqual(alone.shape);
      const gap = Math.max(...alone.data.map((x, k) => Math.abs(x - together[i]!.data[k]!)));
      expect(gap).toBeLessThan(1e-5);
      expect(new Set(alone.data).size).toBeGreaterThan(4);
    }
  });
});

describe("w2v-BERT", () => {
  it("hears 560 samples a frame and moves by 320, or by 640 with an adapter", () => {
    const config = parseConfig({ model_type: "wav2vec2-bert" });
    expect([receptiveField(config), samplesPerFrame(config)]).toEqual([560, 320]);
    expect([559, 560, 879, 880, 16_000].map((samples) => frameCount(samples, config))).toEqual([
      0, 1, 1, 2, 49,
    ]);
    expect(samplesPerFrame(parseConfig({ model_type: "wav2vec2-bert", add_adapter: true }))).toBe(640);
    expect(config).toMatchObject({ hiddenSize: 1024, layers: 24, activation: "swish", stackNorm: false });
  });

  it.each([
    [
      { feature_projection_input_dim: 161 },
      "config: feature_projection_input_dim is 161; expected a multiple of 2, the filter bank frames in one",
    ],
    [{ conv_depthwise_kernel_size: 30 }, "config: conv_depthwise_kernel_size is 30; expected an odd number"],
    [
      { add_adapter: true, adapter_stride: 3 },
      "config: adapter_kernel_size is 3 and adapter_stride 3; expected 3 and 2 in w2v-BERT, others pad differently there",
    ],
    [
      { position_embeddings_type: "absolute" },
      'config: position_embeddings_type is "absolute"; expected one of relative_key, relative, rotary',
    ],
  ])("refuses %j", (json, message) => {
    expect(() => parseConfig({ model_type: "wav2vec2-bert", ...json })).toThrow(
      expect.objectContaining({ name: "ConfigError", message }),
    );
  });
});
