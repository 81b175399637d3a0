import { ortBackend } from "@wav2vec/backend-ort";
import type { AudioError } from "@wav2vec/audio";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { createLanguageIdentifier } from "./language-identifier.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-sequence-classification`;
const backend = ortBackend({ ort });

/** The reference model with languages for labels. */
async function openLabelled(codes = ["deu", "fra", "spa", "cmn", "qqq"]) {
  const checkpoint = await openCheckpoint(MODEL);
  const config = { ...checkpoint.config, id2label: Object.fromEntries(codes.map((code, i) => [i, code])) };
  return { ...checkpoint, config };
}

async function goldenClip(i: number) {
  const { data } = await (await openGolden("audio")).tensor(`clip${i}`);
  const logits = await (
    await openGolden("wav2vec2-sequence-classification")
  ).tensor(`clip${i}.weighted.logits`);
  return { samples: data, raised: [...logits.data].map(Math.exp) };
}

describe.skipIf(!hasGoldens)("a language identifier", () => {
  it("gives the reference's probabilities, most likely first, with names", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    for (const i of [0, 1, 2]) {
      const { samples, raised } = await goldenClip(i);
      const total = raised.reduce((a, b) => a + b);
      const scores = await identifier.identify(samples);
      expect(scores.map(({ language }) => language).sort()).toEqual(["cmn", "deu", "fra", "qqq", "spa"]);
      scores.forEach(({ language, probability }, rank) => {
        expect(probability).toBeCloseTo(raised[identifier.languages.indexOf(language)]! / total, 4);
        expect(probability).toBeLessThanOrEqual(scores[Math.max(0, rank - 1)]!.probability);
      });
    }
    identifier.dispose();
    await checkpoint.close();
  });

  it("chooses among candidates only, and renormalises", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    const { samples, raised } = await goldenClip(0);
    const scores = await identifier.identify(samples, { candidates: ["fra", "cmn", "fra"], top: 2 });
    expect(scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    const french = scores.find(({ language }) => language === "fra")!;
    expect(french).toMatchObject({ name: "French" });
    expect(french.probability).toBeCloseTo(raised[1]! / (raised[1]! + raised[3]!), 4);

    await expect(identifier.identify(samples, { candidates: ["xyz"] })).rejects.toThrow(
      expect.objectContaining({
        name: "LanguageError",
        language: "xyz",
        nearest: [],
        message: expect.stringContaining("is no language of") as string,
      }),
    );
    const named = await identifier.identify(samples, { candidates: ["fr", "Mandarin Chinese"] });
    expect(named).toEqual(scores);
    await expect(identifier.identify(samples, { candidates: [] })).rejects.toThrow("candidates is empty");
    await expect(identifier.identify(samples, { top: 0 })).rejects.toThrow("top is 0");
    identifier.dispose();
    await checkpoint.close();
  });

  it("follows a recording piece by piece, and finds stretches of one language", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    const { samples: speech } = await goldenClip(2);
    const samples = new Float32Array(3 * 10432); // the clip, then silence
    samples.set(speech);
    const pieces = [];
    for await (const piece of identifier.timeline(samples, { windowSeconds: 0.652, top: 1 }))
      pieces.push(piece);
    expect(pieces.map(({ start, end }) => [start, end])).toEqual([[0, 0.652], [0.652, 1.304], [1.304, 1.956]]); // prettier-ignore
    const alone = [samples.subarray(0, 10432), samples.subarray(10432, 20864)];
    const [first, second] = await Promise.all(alone.map((half) => identifier.identify(half)));
    expect(pieces.map(({ languages }) => languages)).toEqual([[first![0]], [second![0]], []]);

    const candidates = ["cmn"];
    const options = { windowSeconds: 0.652, hopSeconds: 0.652 };
    expect(await identifier.segments(samples, { ...options, candidates })).toEqual([
      { start: 0, end: 1.304, language: "cmn", name: "Mandarin Chinese", probability: 1 },
    ]);
    const halves = [first![0]!, second![0]!];
    expect(halves.map(({ language }) => language)).toEqual(["spa", "spa"]);
    const [best] = await identifier.segments(samples, options);
    expect(best).toMatchObject({ start: 0, end: 1.304, language: "spa", name: "Spanish" });
    expect(best!.probability).toBeCloseTo((halves[0]!.probability + halves[1]!.probability) / 2, 9);
    identifier.dispose();
    await checkpoint.close();
  });

  it("judges what is too long for one pass by the mean of its windows", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    const { samples } = await goldenClip(2);
    const part = Float32Array.from({ length: 320_000 }, (_, i) => samples[i % samples.length]!);
    const long = new Float32Array(960_000); // speech, silence, louder speech: normalisation hears no difference
    long.set(part);
    long.set(part.map((x) => x / 2), 640_000); // prettier-ignore
    const whole = await identifier.identify(long);
    const window = await identifier.identify(part);
    for (const [i, { language, probability }] of whole.entries()) {
      expect(language).toBe(window[i]!.language);
      expect(probability).toBeCloseTo(window[i]!.probability, 4);
    }
    identifier.dispose();
    await checkpoint.close();
  });

  it("chooses the adapter of a recogniser, among languages that have one", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    const { samples, raised } = await goldenClip(0);
    const adapters = ["eng", "cmn-script_simplified", "cmn-script_traditional", "deu"];
    const choice = await identifier.chooser()(samples, adapters);
    const [deu, cmn] = [raised[0]!, raised[3]!];
    expect(choice!.language).toBe(cmn > deu ? "cmn-script_simplified" : "deu");
    expect(choice!.probability).toBeCloseTo(Math.max(deu, cmn) / (deu + cmn), 4);
    expect(await identifier.chooser({ candidates: ["deu"] })(samples, adapters)).toEqual({
      language: "deu",
      probability: 1,
    });
    expect(await identifier.chooser()(new Float32Array(16_000), adapters)).toBeUndefined();
    expect(await identifier.chooser()(samples.subarray(0, 1600), adapters)).toBeUndefined();
    await expect(identifier.chooser()(samples, ["ita"])).rejects.toThrow(
      "none of 5 languages has an adapter among ita",
    );
    identifier.dispose();
    await checkpoint.close();
  });

  it("refuses 0.1 s, silence, and damaged samples", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    const refusal = (samples: Float32Array) =>
      identifier.identify(samples).catch((error: unknown) => error as AudioError);
    expect(await refusal(new Float32Array(1600).fill(0.1))).toMatchObject({
      name: "AudioError",
      reason: "too-short",
      message: expect.stringContaining(
        "has 1600 samples at 16 kHz; expected at least 8000 (500 ms)",
      ) as string,
    });
    expect(await refusal(new Float32Array(16_000).fill(5e-5))).toMatchObject({
      reason: "silent",
      message: expect.stringContaining("is silent: no sample is above -80 dB; expected speech") as string,
    });
    expect(await refusal(new Float32Array(16_000).fill(NaN))).toMatchObject({ reason: "not-finite" });
    identifier.dispose();
    await checkpoint.close();
  });

  it("refuses labels that are not as many as the head's outputs", async () => {
    const checkpoint = await openLabelled(["deu", "fra"]);
    await expect(createLanguageIdentifier({ model: checkpoint, backend })).rejects.toThrow(
      '"classifier.weight" is [5, 24] in the file, [2, 24] in the model',
    );
    await checkpoint.close();
  });
});
