import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { createIntentClassifier, type IntentClassifier, type IntentPiece } from "./intent-classifier.js";
import { fillSlots } from "./slots.js";
import { spotCommands } from "./spot-commands.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-sequence-classification`;
const backend = ortBackend({ ort });

describe.skipIf(!hasGoldens)("an intent classifier", () => {
  const clip = async (i: number) => (await (await openGolden("audio")).tensor(`clip${i}`)).data;
  const logits = async (i: number) => [
    ...(await (await openGolden("wav2vec2-sequence-classification")).tensor(`clip${i}.weighted.logits`)).data,
  ];
  const softmax = (row: readonly number[]) => {
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    return row.map((x) => Math.exp(x) / total);
  };

  it("gives each group the softmax of the reference's logits for its own labels", async () => {
    const groups = { action: 2, object: 3 };
    const classifier = await createIntentClassifier({ model: MODEL, backend, groups });
    expect(classifier.labels).toEqual({ action: ["label 0", "label 1"], object: ["label 2", "label 3", "label 4"] }); // prettier-ignore
    for (const i of [0, 1]) {
      const row = await logits(i);
      const { action, object } = await classifier.classify(await clip(i));
      for (const { label, probability } of action)
        expect(probability).toBeCloseTo(softmax(row.slice(0, 2))[Number(label.slice(-1))]!, 4);
      for (const { label, probability } of object)
        expect(probability).toBeCloseTo(softmax(row.slice(2))[Number(label.slice(-1)) - 2]!, 4);
      expect(action[0]!.probability).toBeGreaterThanOrEqual(action[1]!.probability);
    }
    classifier.dispose();
  });

  it("has one group unless told, follows a recording, and answers silence and 0.1 s", async () => {
    const classifier = await createIntentClassifier({ model: MODEL, backend });
    const { intent } = await classifier.classify(await clip(0));
    expect(intent[0]!.probability).toBeCloseTo(Math.max(...softmax(await logits(0))), 4);
    const pieces = [];
    for await (const { start, end } of classifier.timeline(await clip(0), { windowSeconds: 0.3 }))
      pieces.push([start, end]);
    expect(pieces).toEqual([[0, 0.3], [0.3, 0.6]]); // prettier-ignore
    for (const silence of [16_000, 1600]) {
      const answer = await classifier.classify(new Float32Array(silence));
      expect(answer.intent.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    }
    await expect(classifier.classify(new Float32Array(399))).rejects.toThrow("has 399 samples");
    classifier.dispose();
  });

  it("refuses groups that do not have the model's number of labels, and models of another kind", async () => {
    for (const groups of [
      { action: 6, object: 14, location: 4 },
      { action: 5.5, object: -0.5 },
    ])
      await expect(createIntentClassifier<string>({ model: MODEL, backend, groups })).rejects.toThrow(
        expect.objectContaining({ name: "IntentError", message: expect.stringMatching(/labels, .* has 5: label 0, .*add up to its labels/) as string }), // prettier-ignore
      );
    const ctc = createIntentClassifier({ model: `${SHARED}/reference/models/wav2vec2-lv60-ctc`, backend });
    await expect(ctc).rejects.toThrow(/missing: "projector.weight"/);
  });

  it("judges each label by itself where several may hold, and refuses a model of numbers", async () => {
    const checkpoint = await openCheckpoint(MODEL);
    const trainedFor = (problem: string) => ({ ...checkpoint, config: { ...checkpoint.config, problem_type: problem } }); // prettier-ignore
    const classifier = await createIntentClassifier({ model: trainedFor("multi_label_classification"), backend }); // prettier-ignore
    const row = await logits(0);
    const { intent } = await classifier.classify(await clip(0));
    for (const { label, probability } of intent)
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-row[Number(label.slice(-1))]!)), 4);
    classifier.dispose();
    await expect(createIntentClassifier({ model: trainedFor("regression"), backend })).rejects.toThrow(
      expect.objectContaining({ name: "IntentError", message: expect.stringContaining("predicts numbers (problem_type is regression); expected labels") as string }), // prettier-ignore
    );
    await expect(createIntentClassifier({ model: trainedFor("guess"), backend })).rejects.toThrow(
      expect.objectContaining({ name: "ConfigError", message: expect.stringContaining('problem_type is "guess"; expected single_label_classification') as string }), // prettier-ignore
    );
    await checkpoint.close();
  });
});

describe("command spotting", () => {
  const said = ["_silence_", "go", "go", "_unknown_", "stop", "go"];
  const classifier: IntentClassifier<"intent"> = {
    labels: { intent: ["_silence_", "_unknown_", "go", "stop"] },
    classify: () => Promise.reject(new Error("not asked")),
    async *timeline(_recording, options): AsyncGenerator<IntentPiece<"intent">> {
      const { windowSeconds = 0, hopSeconds = 0 } = options ?? {};
      yield* await Promise.resolve(
        said.map((label, i) => ({
          start: i * hopSeconds,
          end: i * hopSeconds + windowSeconds,
          intent: { intent: [{ label, probability: 0.85 + i / 100 }] },
        })),
      );
    },
    dispose: () => undefined,
  };

  it("joins windows that overlap, and tells silence and unknown words from commands", async () => {
    const found = await spotCommands(classifier, new Float32Array(1), { hopSeconds: 0.5 });
    expect(found).toEqual([
      { label: "go", start: 0.5, end: 2, probability: 0.87 },
      { label: "stop", start: 2, end: 3, probability: 0.89 },
      { label: "go", start: 2.5, end: 3.5, probability: 0.9 },
    ]);
    const strict = await spotCommands(classifier, new Float32Array(1), { threshold: 0.9, ignore: ["stop"] });
    expect(strict.map(({ label }) => label)).toEqual(["go"]);
  });

  it("refuses labels that the model does not have, and thresholds that are none", async () => {
    await expect(spotCommands(classifier, new Float32Array(1), { ignore: ["noise"] })).rejects.toThrow('"noise" is no label of the model; it has _silence_'); // prettier-ignore
    await expect(spotCommands(classifier, new Float32Array(1), { threshold: 2 })).rejects.toThrow(
      "threshold is 2",
    );
  });
});

describe("slots", () => {
  const hit = (keyword: string, start: number, end: number, confidence: number) => ({ keyword, start, end, confidence }); // prettier-ignore
  const slots = { drink: ["coffee", "iced coffee"], size: ["small", "large"], extra: ["coffee"] };

  it("take the longest and surest, none on another, one each", () => {
    const hits = [hit("small", 0, 1, 0.9), hit("iced coffee", 2, 4, 0.8), hit("coffee", 3, 4, 1), hit("large", 5, 6, 0.7)]; // prettier-ignore
    const filled = fillSlots(slots, hits);
    expect(filled.drink).toEqual({ value: "iced coffee", start: 2, end: 4, confidence: 0.8 });
    expect(filled.size?.value).toBe("small");
    expect(filled.extra).toBeUndefined();
  });

  it("give a value of two slots to both when it is said twice", () => {
    const filled = fillSlots(slots, [hit("coffee", 0, 1, 0.6), hit("coffee", 2, 3, 0.9)]);
    expect([filled.drink?.start, filled.extra?.start]).toEqual([2, 0]);
    expect(fillSlots(slots, [])).toEqual({});
  });
});
