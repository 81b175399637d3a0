import { describe, expect, it } from "vitest";
import { weightFromArray } from "../../graph/weights.js";
import { graph, input, type Graph } from "../../graph/graph.js";
import { scope } from "../../graph/scope.js";
import { reference } from "../../reference/reference.js";
import { relu } from "../../graph/composites.js";
import { dense } from "../affine.js";
import { clipGraph, clipPrograms } from "../clip-programs.js";
import { parseConfig } from "../config.js";
import { clipsInput } from "../front-end.js";
import { encode } from "../encoder.js";
import { featureInputs, featureOutputs } from "../feature-tensors.js";
import { defineHead, headGraph, headsGraph, weightsUnder } from "./define-head.js";
import { parseHeadConfig } from "./head-config.js";
import { attentivePooling, maskedMean, statisticsPooling } from "./pooling.js";
import { weightedLayers } from "./weighted-layers.js";

const config = parseConfig({
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 8,
  conv_dim: [4, 4],
  conv_kernel: [10, 8],
  conv_stride: [5, 4],
  num_conv_pos_embeddings: 4,
  num_conv_pos_embedding_groups: 2,
  do_stable_layer_norm: true,
  feat_extract_norm: "layer",
});
/** Whatever: any numbers that are not alike. */
const drawn = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + seed));
const weightsOf = ({ params }: Graph) =>
  new Map(
    params.map(({ name, shape }, i) => [
      name,
      weightFromArray(
        drawn(
          shape.reduce((n, dim) => n * dim, 1),
          i,
        ),
        shape,
      ),
    ]),
  );
const clips = [drawn(400, 1), drawn(700, 2)];
const settings = { normalise: true, name: "test" };

const mood = defineHead(({ last, frameCounts }, at) => {
  const pooled = attentivePooling(last, frameCounts, at.scope("pooling"), 4);
  return { logits: dense(relu(dense(pooled, at.scope("projector"), 6)), at.scope("classifier"), 3) };
});
const speech = defineHead((features, at) => ({
  logits: dense(weightedLayers(features, at), at.scope("classifier"), 2),
}));

describe("one's own head", () => {
  it("gives a clip the same in a batch as alone", async () => {
    for (const head of [mood, speech]) {
      const definition = headGraph(config, head);
      const programs = await clipPrograms(
        definition,
        reference,
        weightsOf(clipGraph(definition, false)),
        settings,
      );
      const together = (await programs.run(clips))["logits"];
      for (const [i, clip] of clips.entries()) {
        const alone = (await programs.run([clip]))["logits"][0]!;
        expect(together[i]!.shape).toEqual(alone.shape);
        expect(Math.max(...alone.data.map((x, k) => Math.abs(x - together[i]!.data[k]!)))).toBeLessThan(1e-5);
        expect(alone.data[0]).not.toBe(alone.data[1]);
      }
    }
  });

  it("gives the same beside another head as by itself, from its own weights", async () => {
    const single = headGraph(config, mood);
    const all = weightsOf(clipGraph(single, false));
    const encoder = new Map([...all].filter(([key]) => /^(feature|encoder)/.test(key)));
    const own = new Map([...all].filter(([key]) => !encoder.has(key)));
    const other = weightsOf(clipGraph(headsGraph(config, { speech }), false));
    const both = new Map([...other, ...encoder, ...weightsUnder("mood", own)]);
    const alone = await clipPrograms(single, reference, all, settings);
    const joint = await clipPrograms(headsGraph(config, { mood, speech }), reference, both, settings);
    const outputs = await joint.run(clips);
    expect(Object.keys(outputs)).toEqual(["mood.logits", "speech.logits"]);
    expect(outputs["mood.logits"]).toEqual((await alone.run(clips)).logits);
  });

  it("reads features that an earlier program left on the device", async () => {
    const whole = clipGraph(headGraph(config, speech), false);
    const features = graph(featureOutputs(encode(clipsInput(config), config), { layers: true }));
    const weights = new Map([...weightsOf(features), ...weightsOf(whole)]); // the final norm is the first program's only
    const first = await reference.compile(features, weights);
    const second = await reference.compile(
      graph(speech(featureInputs(config, { layers: true }), scope())),
      weights,
    );
    const samples = reference.upload(clips[0]!, [1, 400]);
    const { last, ...layers } = await first.run({ samples });
    const { logits } = await second.run(layers);
    const { logits: expected } = await (await reference.compile(whole, weights)).run({ samples });
    expect(last!.shape).toEqual([1, 18, 8]);
    expect(await reference.download(logits!)).toEqual(await reference.download(expected!));
  });

  it.each([
    [
      "pools nothing but drops an axis",
      () => input("x", [3]),
      'head: output "y" is float32[3]; expected float32 [batch, dim] or [batch, frames, dim]',
    ],
    ["gives whole numbers", () => input("x", [1, 3], "int32"), 'head: output "y" is int32[1, 3]'],
  ])("is refused if it %s", (_what, output, message) => {
    const head = defineHead(() => ({ y: output() }));
    expect(() => clipGraph(headGraph(config, head), false)).toThrow(message);
    expect(() =>
      clipGraph(
        headGraph(
          config,
          defineHead(() => ({})),
        ),
        false,
      ),
    ).toThrow("head: has no output");
  });
});

describe("pooling", () => {
  const x = input("x", [2, 3, 2]);
  const counts = input("counts", [2], "int32");
  const frames = Float32Array.of(1, 2, 3, 6, 8, 4, 5, 1, 7, 3, 99, -99); // the last frame of row 1 is padding
  const run = async (pooled: Graph, weights = new Map()) => {
    const program = await reference.compile(pooled, weights);
    const { y } = await program.run({
      x: reference.upload(frames, [2, 3, 2]),
      counts: reference.upload(Int32Array.of(3, 2), [2]),
    });
    return [...(await reference.download(y!))];
  };
  const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5) as number);

  it("takes the mean of the valid frames", async () => {
    expect(await run(graph({ y: maskedMean(x, counts) }))).toEqual(near([4, 4, 6, 2]));
  });

  it("takes their mean and deviation", async () => {
    const s = Math.SQRT2;
    expect(await run(graph({ y: statisticsPooling(x, counts) }))).toEqual(
      near([4, 4, Math.sqrt(13), 2, 6, 2, s, s]),
    );
  });

  it("weighs them by a score of each", async () => {
    const weight = (data: number[], shape: number[]) => weightFromArray(Float32Array.from(data), shape);
    const weights = new Map([
      ["hidden.weight", weight([0.1, 0], [1, 2])],
      ["hidden.bias", weight([0], [1])],
      ["score.weight", weight([2], [1, 1])],
      ["score.bias", weight([7], [1])],
    ]);
    const [a, b] = [5, 7].map((value) => Math.exp(2 * Math.tanh(0.1 * value))) as [number, number];
    const pooled = await run(graph({ y: attentivePooling(x, counts, scope(), 1) }), weights);
    expect(pooled.slice(2)).toEqual(near([(5 * a + 7 * b) / (a + b), (a + 3 * b) / (a + b)]));
  });
});

describe("parseHeadConfig", () => {
  it("reads labels by id, and which convention wrote the layer sum", () => {
    const json = { id2label: { 1: "b", 0: "a" }, use_weighted_layer_sum: true };
    expect(parseHeadConfig({ ...json, transformers_version: "4.30.1" })).toMatchObject({ labels: ["a", "b"], layerSum: "afterNorm" }); // prettier-ignore
    expect(parseHeadConfig({ ...json, transformers_version: "5.0.0" }).layerSum).toBe("beforeNorm");
    expect(parseHeadConfig({})).toMatchObject({ labels: ["LABEL_0", "LABEL_1"], embeddingSize: 512 });
    expect(parseHeadConfig({}).layerSum).toBeUndefined();
  });

  it.each([
    [
      { id2label: { 0: "a", 2: "b" } },
      'config: id2label is {"0":"a","2":"b"}; expected a name for each id from 0 on',
    ],
    [{ id2label: [] }, "config: id2label is []; expected a name for each id from 0 on"],
    [{ id2label: { 0: 1 } }, 'config: id2label is {"0":1}; expected a name for each id from 0 on'],
    [
      { tdnn_dim: [8] },
      "config: tdnn_dim, tdnn_kernel and tdnn_dilation have 1, 5 and 5 entries; expected one per layer in each",
    ],
  ])("refuses %j", (json, message) => {
    expect(() => parseHeadConfig(json)).toThrow(expect.objectContaining({ name: "ConfigError", message }));
  });
});
