import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { createLanguageIdentifier } from "./language-identifier.js";
import { languageName } from "./language-name.js";

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
        message: expect.stringContaining("it has 5: deu, fra, spa, cmn, qqq") as string,
      }),
    );
    await expect(identifier.identify(samples, { candidates: [] })).rejects.toThrow("candidates is empty");
    await expect(identifier.identify(samples, { top: 0 })).rejects.toThrow("top is 0");
    await expect(identifier.identify(new Float32Array(100))).rejects.toThrow("expected at least 400 (25 ms)");
    identifier.dispose();
    await checkpoint.close();
  });

  it("follows a recording piece by piece", async () => {
    const checkpoint = await openLabelled();
    const identifier = await createLanguageIdentifier({ model: checkpoint, backend });
    const { samples } = await goldenClip(2);
    const pieces = [];
    for await (const piece of identifier.timeline(samples, { windowSeconds: 0.652, top: 1 }))
      pieces.push(piece);
    expect(pieces.map(({ start, end }) => [start, end])).toEqual([[0, 0.652], [0.652, 1.304]]); // prettier-ignore
    const [second] = await identifier.identify(samples.subarray(10432), { top: 1 });
    expect(pieces[1]!.languages).toEqual([second]);
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

it.each([
  ["fra", "French"],
  ["en", "English"],
  ["azj-script_latin", "Azerbaijani"],
  ["label 0", "label 0"],
])("%s is called %s", (code, name) => expect(languageName(code)).toBe(name));
