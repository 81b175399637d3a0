// Folders that `wav2vec train classify` has just written, opened by the packages of the tasks they are for.
import { writeWav } from "@wav2vec/audio";
import { createEmotionRecognizer, type Emotion } from "@wav2vec/emotion";
import { createIntentClassifier } from "@wav2vec/intent";
import { createLanguageIdentifier } from "@wav2vec/language-id";
import { createFrameDiarizer, createSpeakerEmbedder } from "@wav2vec/speaker";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "./backend.js";
import { run } from "./run-in-process.js";

/** A tone stands for each thing that can be told of a recording. */
const TONES = [
  { hertz: 300, language: "fra", emotion: "sad", arousal: 0.1, valence: 0.2, speaker: "anna", intent: "stop", slots: { size: "small" } }, // prettier-ignore
  { hertz: 900, language: "deu", emotion: "calm", arousal: 0.4, valence: 0.8, speaker: "bert", intent: "go", slots: { size: "large", milk: "oat" } }, // prettier-ignore
  { hertz: 2700, language: "cmn", emotion: "angry", arousal: 0.9, valence: 0.4, speaker: "carl", intent: "turn", slots: { milk: "soy" } }, // prettier-ignore
] as const;

const CONFIG = {
  data: { train: [{ path: "." }], dev: [{ path: "." }] },
  model: {
    hidden_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 32,
    conv_dim: [16, 16, 16, 16, 16, 16, 16],
    conv_bias: true,
    num_conv_pos_embeddings: 16,
    num_conv_pos_embedding_groups: 4,
    do_stable_layer_norm: true,
    feat_extract_norm: "layer",
  },
  batch: { seconds: 8 },
  optimizer: { rate: 0.02, clip: 5, epsRule: "torch" },
  updates: 60,
  evaluate: { every: 60 },
  checkpoints: { every: 60 },
};

let folder = "";
const at = (name: string) => join(folder, name);
/** One of the four recordings of a tone, the later the longer what is heard before it. */
const recording = (tone: number, take = 0) => at(`${3 * take + tone}.wav`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trained-folders-"));
  const lines: string[] = [];
  for (let i = 0; i < 12; i++) {
    const { hertz, ...columns } = TONES[i % 3]!; // three tones
    const hum = 2400 + 400 * Math.floor(i / 3); // samples without a tone
    const samples = new Float32Array(hum + 9600).map(
      (_, k) =>
        (k < hum ? 0 : 0.3 * Math.sin((2 * Math.PI * hertz * k) / 16_000)) +
        0.01 * Math.sin((k + 977 * i) ** 2),
    );
    await writeFile(at(`${i}.wav`), writeWav(samples));
    const segments = [{ start: hum / 16_000, end: 9, label: columns.speaker }];
    lines.push(JSON.stringify({ file_name: `${i}.wav`, ...columns, segments }));
  }
  await writeFile(at("metadata.jsonl"), lines.join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains by the command, and gives the folder to open and what opens it. */
async function trained(name: string, changes: Readonly<Record<string, unknown>>) {
  await writeFile(at(`${name}.json`), JSON.stringify({ ...CONFIG, ...changes }));
  const { code, err } = await run("train", "classify", at(`${name}.json`), "--out", at(name), "--threads", "1", "--workers", "0", "--quiet"); // prettier-ignore
  expect({ code, err }).toMatchObject({ code: 0 });
  return { model: at(`${name}/best`), backend: await loadBackend("ort", 1) };
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe("a folder that wav2vec train classify wrote", () => {
  it("tells languages by their ISO 639-3 codes", async () => {
    const identifier = await createLanguageIdentifier(
      await trained("language", { target: { kind: "class", column: "language" } }),
    );
    expect(identifier.languages).toEqual(["cmn", "deu", "fra"]);
    for (const [i, { language }] of TONES.entries()) {
      const scores = await identifier.identify(recording(i));
      expect(scores[0]).toMatchObject({ language });
      expect(scores[0]!.probability).toBeGreaterThan(0.5);
      expect(sum(scores.map(({ probability }) => probability))).toBeCloseTo(1, 6);
    }
    const [french] = await identifier.identify(recording(0), { candidates: ["German", "fr"] });
    expect(french).toMatchObject({ language: "fra", name: "French" });
    identifier.dispose();
  });

  it("names emotions", async () => {
    const recognizer = await createEmotionRecognizer(
      await trained("emotion", { target: { kind: "class", column: "emotion" } }),
    );
    expect(recognizer).toMatchObject({ kind: "categories", labels: ["angry", "calm", "sad"] });
    for (const [i, { emotion }] of TONES.entries()) {
      const [best] = categoriesOf(await recognizer.recognize(recording(i)));
      expect(best).toMatchObject({ label: emotion });
      expect(best!.probability).toBeGreaterThan(0.5);
    }
    recognizer.dispose();
  });

  it.each(["regression", "sequence"])("measures dimensions of emotion with the head %s", async (kind) => {
    const target = { kind: "values", columns: ["arousal", "valence"] };
    const recognizer = await createEmotionRecognizer(
      await trained(`dimensions-${kind}`, { target, head: { kind }, loss: { kind: "squared" }, optimizer: { rate: 0.005, clip: 5, epsRule: "torch" }, updates: 150, evaluate: { every: 150 } }), // prettier-ignore
    );
    expect(recognizer).toMatchObject({ kind: "dimensions", labels: ["arousal", "valence"] });
    for (const [i, { arousal, valence }] of TONES.entries()) {
      const emotion = await recognizer.recognize(recording(i));
      if (emotion.kind !== "dimensions") throw new Error("expected dimensions");
      expect(Math.abs(emotion.dimensions["arousal"]! - arousal)).toBeLessThan(0.15);
      expect(Math.abs(emotion.dimensions["valence"]! - valence)).toBeLessThan(0.15);
    }
    const judged = await run("classify", recording(0), "--model", at(`dimensions-${kind}/best`), "--threads", "1", "--format", "json", "--quiet"); // prettier-ignore
    expect(judged).toMatchObject({ code: 0 });
    expect(judged.out).toMatch(/"arousal":.*"valence":/s);
    recognizer.dispose();
  });

  it.each(["am-softmax", "aam-softmax"])("embeds voices that were learnt with %s", async (loss) => {
    const head = { kind: "xvector", dims: [24, 48], kernels: [3, 1], dilations: [1, 1], embeddingSize: 16 };
    const target = { kind: "class", column: "speaker", openSet: true };
    const embedder = await createSpeakerEmbedder(
      await trained(loss, { target, head, loss: { kind: loss, scale: 15 }, optimizer: { rate: 0.005, clip: 5, epsRule: "torch" } }), // prettier-ignore
    );
    const anna = await embedder.embed(recording(0));
    expect(anna.values).toHaveLength(16);
    const similarity = async (tone: number, take = 0) =>
      (await embedder.verify(anna, recording(tone, take), { threshold: 0.5 })).similarity;
    const same = await similarity(0, 1);
    expect(same).toBeGreaterThan(0.9);
    for (const other of [1, 2]) expect(await similarity(other)).toBeLessThan(same - 0.3);
    embedder.dispose();
  });

  it("tells intents, and which of several labels hold", async () => {
    const classifier = await createIntentClassifier(
      await trained("intent", { target: { kind: "class", column: "intent" } }),
    );
    expect(classifier.labels).toEqual({ intent: ["go", "stop", "turn"] });
    for (const [i, { intent }] of TONES.entries()) {
      const scores = (await classifier.classify(recording(i))).intent;
      expect(scores[0]).toMatchObject({ label: intent });
      expect(sum(scores.map(({ probability }) => probability))).toBeCloseTo(1, 6);
    }
    classifier.dispose();

    const slots = await createIntentClassifier(
      await trained("slots", { target: { kind: "labels", column: "slots" } }),
    );
    for (const [i, { slots: filled }] of TONES.entries())
      for (const { label, probability } of (await slots.classify(recording(i))).intent)
        if (label in filled) expect(probability).toBeGreaterThan(0.6);
        else expect(probability).toBeLessThan(0.4);
    slots.dispose();
  });

  it("says who speaks when, and takes the silence between for nobody", async () => {
    const target = { kind: "frames", outside: "nobody" };
    const diarizer = await createFrameDiarizer(
      await trained("turns", { target, updates: 150, evaluate: { every: 150 } }),
    );
    expect(diarizer.speakerCount).toBe(3);
    for (const i of TONES.keys()) {
      const { probabilities, frames, speakers } = await diarizer.activity(recording(i, 3)); // speaks from frame 11 on
      const shareOf = (speaker: number, from: number, to: number) =>
        sum([...probabilities].filter((_, k) => k % speakers === speaker && k >= from * speakers && k < to * speakers)) / (to - from); // prettier-ignore
      for (const speaker of TONES.keys()) {
        expect(shareOf(speaker, 0, 11)).toBeLessThan(0.5);
        if (speaker === i) expect(shareOf(speaker, 11, frames)).toBeGreaterThan(0.7);
        else expect(shareOf(speaker, 11, frames)).toBeLessThan(0.2);
      }
      expect(await diarizer.diarize(recording(i, 3))).toMatchObject([{ end: 0.82, speaker: "speaker-1" }]);
    }
    diarizer.dispose();
  });
});

function categoriesOf(emotion: Emotion) {
  if (emotion.kind !== "categories") throw new Error("expected categories");
  return emotion.categories;
}
