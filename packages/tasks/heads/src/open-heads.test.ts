// One pass of an encoder for several heads: in one program, and on features that stay on the device.
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import {
  defineHead,
  parseHeadConfig,
  sequenceClassificationHead,
  xvectorFrames,
  xvectorHead,
  type Backend,
} from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { openEncoder } from "./open-encoder.js";
import { headsOn, openHeads, type HeadSource, type HeadsOutputs } from "./open-heads.js";
import { openUnits } from "./open-units.js";

const MODELS = `${SHARED}/reference/models`;
const MODEL = `${MODELS}/wav2vec2-sequence-classification`;
const TOLERANCE = 2e-4; // relative to the scale: float32 adds in another order than the goldens' float64
const backend = ortBackend({ ort });
const names = ["clip0", "clip1", "clip2"];

/** The head as the checkpoint has it, and on the encoder's output alone. */
const weighted: HeadSource["head"] = ({ config }) => sequenceClassificationHead(parseHeadConfig(config));
const plain: HeadSource["head"] = ({ config }) => {
  const { layerSum: _, ...rest } = parseHeadConfig(config);
  return sequenceClassificationHead(rest);
};

describe.skipIf(!hasGoldens)("several heads", () => {
  let clips: Float32Array[];
  beforeAll(async () => {
    const audio = await openGolden("audio");
    clips = await Promise.all(names.map(async (name) => (await audio.tensor(name)).data));
  });

  async function expectGoldens(all: readonly HeadsOutputs<"weighted" | "plain">[]): Promise<void> {
    const golden = await openGolden("wav2vec2-sequence-classification");
    for (const [i, outputs] of all.entries())
      for (const head of ["weighted", "plain"] as const) {
        const { data, shape } = await golden.tensor(`${names[i]!}.${head}.logits`);
        expectClose(outputs[head]["logits"]!.data, data, TOLERANCE, shape, `${names[i]!}.${head}`);
      }
  }

  it("give the reference's logits from one program with the encoder", async () => {
    const heads = { weighted: { model: MODEL, head: weighted }, plain: { model: MODEL, head: plain } };
    const opened = await openHeads({ model: MODEL, backend, heads });
    const all = await opened.run(clips);
    expect(all).toHaveLength(3);
    await expectGoldens(all);
    opened.dispose();
  });

  it("give them on features that are never downloaded, one head after another", async () => {
    const downloads: string[] = [];
    const watched: Backend = {
      ...backend,
      download: (tensor) => {
        downloads.push(tensor.shape.join());
        return backend.download(tensor as Parameters<typeof backend.download>[0]); // the backend's own
      },
    };
    const encoder = await openEncoder({ model: MODEL, backend: watched });
    const [first, second] = [await headsOn(encoder, { weighted: { model: MODEL, head: weighted } }), await headsOn(encoder, { plain: { model: MODEL, head: plain } })]; // prettier-ignore
    expect([first.layers, second.layers]).toEqual([true, false]);
    const features = await encoder.encode(clips, { layers: true });
    expect(features.frameCounts).toEqual([29, 43, 64]);
    const answers = [await first.run(features), await second.run(features)] as const;
    expect(downloads).toEqual(["3,5", "3,5"]); // logits alone
    await expectGoldens(names.map((_, i) => ({ ...answers[0][i]!, ...answers[1][i]! })));

    const golden = await openGolden("wav2vec2-sequence-classification");
    for (const layer of [0, 1, 2])
      for (const [i, part] of (await features.download(`hidden.${layer}`)).entries()) {
        const { data, shape } = await golden.tensor(`${names[i]!}.hidden.${layer}`);
        expect(part.shape).toEqual(shape);
        expectClose(part.data, data, TOLERANCE, shape, `${names[i]!}.hidden.${layer}`);
      }
    features.dispose();
    for (const opened of [first, second, encoder]) opened.dispose();
  });

  it("say what the features lack", async () => {
    const encoder = await openEncoder({ model: MODEL, backend });
    const heads = await headsOn(encoder, { weighted: { model: MODEL, head: weighted } });
    const features = await encoder.encode([clips[0]!]);
    await expect(heads.run(features)).rejects.toThrow(
      "heads: they read layers, the features have none; encode with { layers: true }",
    );
    await expect(features.download("hidden.0")).rejects.toThrow(
      'features: there is no "hidden.0"; expected one of last',
    );
    await expect(encoder.encode([new Float32Array(300)])).rejects.toThrow("expected at least 400 (25 ms)");
    features.dispose();
    heads.dispose();
    encoder.dispose();
  });

  it("refuse clips that one of them cannot judge", async () => {
    const model = `${MODELS}/wav2vec2-xvector`;
    const voice: HeadSource = {
      model,
      head: ({ config }) => xvectorHead(parseHeadConfig(config)),
      leastFrames: ({ config }) => xvectorFrames(parseHeadConfig(config)),
    };
    const encoder = await openEncoder({ model, backend });
    const heads = await headsOn(encoder, { voice });
    const features = await encoder.encode([clips[0]!.subarray(0, 1600), clips[1]!]); // 0.1 s
    await expect(heads.run(features)).rejects.toThrow("heads: a clip has 4 frames; expected at least 16");
    const joint = await openHeads({ model, backend, heads: { voice } });
    await expect(joint.run([clips[0]!.subarray(0, 1600)])).rejects.toThrow(
      expect.objectContaining({ name: "AudioError", reason: "too-short" }),
    );
    joint.dispose();
    features.dispose();
    heads.dispose();
    encoder.dispose();
  });

  it("refuse a head that was trained on another encoder, or has other labels", async () => {
    const other: HeadSource = { model: `${MODELS}/wav2vec2-xvector`, head: ({ config }) => xvectorHead(parseHeadConfig(config)) }; // prettier-ignore
    await expect(openHeads({ model: MODEL, backend, heads: { other } })).rejects.toThrow(
      expect.objectContaining({
        name: "WeightError",
        message: expect.stringMatching(
          /holds a head on another encoder than that of .*"encoder.layers.0.*" differs/,
        ) as string,
      }),
    );
    const checkpoint = await openCheckpoint(MODEL);
    const twoLabels: Checkpoint = { ...checkpoint, config: { ...checkpoint.config, id2label: { 0: "a", 1: "b" } } }; // prettier-ignore
    const encoder = await openEncoder({ model: checkpoint, backend });
    await expect(headsOn(encoder, { two: { model: twoLabels, head: weighted } })).rejects.toThrow(
      '"classifier.weight" is [5, 24] in the file, [2, 24] in the model',
    );
    const nothing = defineHead(() => ({}));
    await expect(headsOn(encoder, { nothing: { model: checkpoint, head: () => nothing } })).rejects.toThrow(
      "head: has no output",
    );
    encoder.dispose();
    await checkpoint.close();
  });

  it("are not needed for units, which are those of the reference in a batch too", async () => {
    const opened = await openUnits({ model: `${MODELS}/wav2vec2-base-pretraining`, backend });
    expect([opened.groups, opened.codesPerGroup]).toEqual([2, 20]);
    const golden = await openGolden("units");
    for (const [i, { codes, index, quantised, frames }] of (await opened.run(clips)).entries()) {
      const key = `base.${names[i]!}`;
      expect([...codes]).toEqual([...(await golden.tensor(`${key}.codes`)).data]);
      expect([...index]).toEqual([...(await golden.tensor(`${key}.index`)).data]);
      const expected = await golden.tensor(`${key}.quantised`);
      expect(frames).toBe(expected.shape[0]);
      expectClose(quantised, expected.data, TOLERANCE, expected.shape, key);
    }
    opened.dispose();
    await expect(openUnits({ model: MODEL, backend })).rejects.toThrow('missing: "quantizer.');
  });
});
