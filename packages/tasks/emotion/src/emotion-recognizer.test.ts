import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { weightFromArray } from "@wav2vec/core";
import { hasGoldens, openGolden, seededRandom, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { createEmotionRecognizer, type Emotion } from "./emotion-recognizer.js";

const MODELS = `${SHARED}/reference/models`;
const backend = ortBackend({ ort });
const clip = async (i: number) => (await (await openGolden("audio")).tensor(`clip${i}`)).data;

describe.skipIf(!hasGoldens)("an emotion recogniser", () => {
  it("gives the reference's categories, most likely first", async () => {
    const recognizer = await createEmotionRecognizer({
      model: `${MODELS}/wav2vec2-sequence-classification`,
      backend,
    });
    expect(recognizer).toMatchObject({ kind: "categories", labels: ["label 0", "label 1", "label 2", "label 3", "label 4"] }); // prettier-ignore
    const golden = await openGolden("wav2vec2-sequence-classification");
    const raised = [...(await golden.tensor("clip1.weighted.logits")).data].map(Math.exp);
    const total = raised.reduce((a, b) => a + b);
    const emotion = await recognizer.recognize(await clip(1));
    if (emotion.kind !== "categories") throw new Error("expected categories");
    for (const { label, probability } of emotion.categories)
      expect(probability).toBeCloseTo(raised[Number(label.slice(-1))]! / total, 4);
    expect(emotion.categories[0]!.label).toBe(`label ${raised.indexOf(Math.max(...raised))}`);
    recognizer.dispose();
  });

  it("gives the dimensions of audeering's layout: mean, dense, tanh, dense", async () => {
    const random = seededRandom(5);
    const draw = (...shape: number[]) =>
      weightFromArray(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 0.4 * (random() - 0.5)), shape); // prettier-ignore
    const head = new Map([
      ["classifier.dense.weight", draw(32, 32)],
      ["classifier.dense.bias", draw(32)],
      ["classifier.out_proj.weight", draw(3, 32)],
      ["classifier.out_proj.bias", draw(3)],
    ]);
    const body = await openCheckpoint(`${MODELS}/wav2vec2-lv60-ctc`);
    const model = {
      ...body,
      config: { ...body.config, id2label: { 0: "arousal", 1: "dominance", 2: "valence" } },
      weights: new Map([...body.weights, ...head]),
    };
    const recognizer = await createEmotionRecognizer({ model, backend });
    const { data, shape } = await (await openGolden("wav2vec2-lv60-ctc")).tensor("clip0.last_hidden");
    const [frames, width] = shape as [number, number];
    const mean = Array.from({ length: width }, (_, k) => data.filter((_x, i) => i % width === k).reduce((a, b) => a + b, 0) / frames); // prettier-ignore
    const apply = async (name: string, x: readonly number[]) => {
      const [weight, bias] = await Promise.all(
        [`${name}.weight`, `${name}.bias`].map((key) => head.get(key)!.read()),
      );
      return [...bias!].map((b, row) =>
        x.reduce((sum, value, k) => sum + value * weight![row * width + k]!, b),
      );
    };
    const expected = await apply(
      "classifier.out_proj",
      (await apply("classifier.dense", mean)).map(Math.tanh),
    );

    const emotion = await recognizer.recognize(await clip(0));
    if (emotion.kind !== "dimensions") throw new Error("expected dimensions");
    expect(Object.keys(emotion.dimensions)).toEqual(["arousal", "dominance", "valence"]);
    Object.values(emotion.dimensions).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
    const [whole, ...others] = await recognizer.curve(await clip(0)); // shorter than a window
    expect(others).toEqual([]);
    expect(whole!.emotion).toEqual(emotion);
    recognizer.dispose();
    await body.close();
  });

  it("hears an emotion even in silence, follows a recording, and refuses what is too short", async () => {
    const recognizer = await createEmotionRecognizer({
      model: `${MODELS}/wav2vec2-sequence-classification`,
      backend,
    });
    const silence = await recognizer.recognize(new Float32Array(16_000));
    if (silence.kind !== "categories") throw new Error("expected categories");
    expect(silence.categories.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    const pieces = [];
    for await (const piece of recognizer.timeline(await clip(0), { windowSeconds: 0.3 })) pieces.push(piece);
    expect(pieces.map(({ start, end }) => [start, end])).toEqual([[0, 0.3], [0.3, 0.6]]); // prettier-ignore
    expect(pieces[0]!.emotion).not.toEqual(pieces[1]!.emotion);
    await expect(recognizer.recognize(new Float32Array(399))).rejects.toThrow("has 399 samples");
    recognizer.dispose();
  });

  it("draws a curve: at each moment the mean of the windows over it, nothing in silence", async () => {
    const recognizer = await createEmotionRecognizer({
      model: `${MODELS}/wav2vec2-sequence-classification`,
      backend,
    });
    const speech = await clip(2); // 1.304 s
    const samples = new Float32Array(4 * 16_000);
    samples.set(speech.subarray(0, 16_000)); // then three seconds of silence
    const curve = await recognizer.curve(samples, { windowSeconds: 1, hopSeconds: 0.5 });
    expect(curve.map(({ start, end }) => [start, end])).toEqual([[0, 0.5], [0.5, 1], [1, 1.5]]); // prettier-ignore
    const probability = (emotion: Emotion, of: string) =>
      emotion.kind === "categories" ? emotion.categories.find(({ label }) => label === of)!.probability : NaN;
    const alone = await Promise.all(
      [0, 8000].map((at) => recognizer.recognize(samples.subarray(at, at + 16_000))),
    );
    for (const label of recognizer.labels) {
      const [first, second] = alone.map((emotion) => probability(emotion, label)) as [number, number]; // two windows
      const [early, middle, late] = curve.map(({ emotion }) => probability(emotion, label));
      expect(early).toBeCloseTo(first, 6);
      expect(middle).toBeCloseTo((first + second) / 2, 6);
      expect(late).toBeCloseTo(second, 6);
    }
    expect(await recognizer.curve(new Float32Array(32_000))).toEqual([]);
    expect(await recognizer.curve(samples.subarray(0, 1600))).toHaveLength(1); // 0.1 s is one window
    await expect(recognizer.curve(samples, { windowSeconds: 1, hopSeconds: 2 })).rejects.toThrow(
      "hopSeconds is 2",
    );
    recognizer.dispose();
  });

  it("refuses a checkpoint with a wrong label count", async () => {
    const checkpoint = await openCheckpoint(`${MODELS}/wav2vec2-sequence-classification`);
    const model = { ...checkpoint, config: { ...checkpoint.config, id2label: { 0: "glad", 1: "sad" } } };
    await expect(createEmotionRecognizer({ model, backend })).rejects.toThrow(
      expect.objectContaining({ name: "WeightError", message: expect.stringContaining('"classifier.weight" is [5, 24] in the file, [2, 24] in the model') as string }), // prettier-ignore
    );
    await checkpoint.close();
  });

  it("lists what a recogniser of speech lacks", async () => {
    await expect(createEmotionRecognizer({ model: `${MODELS}/wav2vec2-lv60-ctc`, backend })).rejects.toThrow(
      /missing: "projector.weight"/,
    );
  });
});
