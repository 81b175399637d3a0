// Alignment of real recordings through a real model, and of log-probabilities made for the purpose.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import { createVocabulary, type Emissions } from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alignEmissions, createAligner, type AlignedText, type Aligner } from "./index.js";

const root = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const audio = (name: string) => root(`examples/audio/${name}.wav`);
const timesOf = ({ segments }: AlignedText) =>
  segments.flatMap(({ words }) => words.map(({ text, start, end }) => [text, start, end] as const));

let aligner: Aligner;
beforeAll(async () => {
  aligner = await createAligner({ model: root("models/en-tiny"), backend: ortBackend({ ort, threads: 2 }) });
});
afterAll(() => aligner.dispose());

describe("align", () => {
  it("keeps what was written and finds when it was said", async () => {
    const result = await aligner.align(audio("command"), "“Enter”\nsixty–seven!");
    expect(result.segments.map(({ text }) => text)).toEqual(["“Enter”", "sixty–seven!"]);
    const [[enter, , enterEnds], [number, numberStarts, numberEnds]] = timesOf(result) as [
      readonly [string, number, number],
      readonly [string, number, number],
    ];
    expect([enter, number]).toEqual(["“Enter”", "sixty–seven!"]);
    // where flite -psdur says that its phones end
    expect(enterEnds).toBeCloseTo(numberStarts, 2);
    expect(Math.abs(enterEnds - 0.563)).toBeLessThan(0.1);
    expect(Math.abs(numberEnds - 1.551)).toBeLessThan(0.06);
    expect(result.segments[1]!.words[0]!.characters.map(({ text }) => text).join("")).toBe("sixtyseven");
    expect(result.segments[0]!.confidence).toBeGreaterThan(0.9);
    expect(result.warnings).toEqual([]);
  });

  it("gives the same whole and in windows, to a frame", async () => {
    const { samples } = await readAudio(audio("digits"));
    const long = new Float32Array(samples.length * 4);
    for (let i = 0; i < 4; i++) long.set(samples, i * samples.length);
    const text = Array(4).fill("seven three one eight two four") as string[];
    const whole = await aligner.align(long, text);
    const seen: number[] = [];
    const cut = await aligner.align(long, text, {
      windowSeconds: 2,
      contextSeconds: 1,
      onProgress: ({ secondsDone }) => seen.push(secondsDone),
    });
    timesOf(cut).forEach(([word, start, end], i) => {
      const [same, wholeStart, wholeEnd] = timesOf(whole)[i]!;
      expect(word).toBe(same);
      expect(Math.abs(start - wholeStart)).toBeLessThan(0.03);
      expect(Math.abs(end - wholeEnd)).toBeLessThan(0.03);
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(cut.durationSeconds).toBeCloseTo(long.length / 16_000, 9);
  });

  it("spells numbers out in a language, and without one takes what is said", async () => {
    const spelled = await aligner.align(audio("command"), "Enter 67", { language: "en" });
    const words = await aligner.align(audio("command"), "enter sixty seven");
    expect(timesOf(spelled)[1]![2]).toBeCloseTo(timesOf(words)[2]![2], 9);
    const star = await aligner.align(audio("command"), "Enter 67");
    expect(star.warnings).toHaveLength(1);
    expect(star.segments[0]!.words[1]!.confidence).toBeNull();
    expect(timesOf(star)[1]![2]).toBeGreaterThan(1.4);
  });

  it("finds a word in speech that the text lacks", async () => {
    const { segments } = await aligner.align(audio("command"), "sixty", { extraSpeech: true });
    expect(segments[0]!.start).toBeGreaterThan(0.5);
    expect(segments[0]!.end).toBeLessThan(1.1);
    const starred = await aligner.align(audio("command"), "enter * seven");
    expect(timesOf(starred)[1]![0]).toBe("*");
    expect(timesOf(starred)[2]![1]).toBeGreaterThan(1);
  });

  it("leaves out words that were not said, and says which", async () => {
    const text = "seven three one nine eight two four oh";
    const result = await aligner.align(audio("digits"), text, { mayBeMissing: "words" });
    expect(result.unspoken).toEqual(["nine", "oh"]);
    const right = await aligner.align(audio("digits"), "seven three one eight two four");
    expect(timesOf(result).map(([word]) => word)).toEqual(timesOf(right).map(([word]) => word));
    timesOf(result).forEach(([, start], i) => {
      expect(Math.abs(start - timesOf(right)[i]![1])).toBeLessThan(0.05);
    });
    const lines = ["seven three one", "enter enter", "eight two four"];
    const segments = await aligner.align(audio("digits"), lines, { mayBeMissing: "segments" });
    expect(segments.segments.map((segment) => segment.text)).toEqual([lines[0], lines[2]]);
  });

  it("scores a text that was not said far below one that was", async () => {
    const right = await aligner.align(audio("command"), "enter sixty seven");
    const wrong = await aligner.align(audio("command"), "erase forty nine");
    expect(right.segments[0]!.worst!).toBeGreaterThan(-0.5);
    expect(wrong.segments[0]!.worst!).toBeLessThan(-2);
  });

  it("answers every job, well or badly, and stops when told to", async () => {
    const jobs = [
      { recording: audio("command"), text: "enter sixty seven" },
      { recording: "missing.wav", text: "x" },
      { recording: audio("digits"), text: "long ".repeat(200) },
      { recording: audio("spelled"), text: readFileSync(root("examples/audio/spelled.txt"), "utf8") },
    ];
    const messages: string[] = [];
    for await (const { index, alignment, error } of aligner.alignEach(jobs, { batchSize: 2 }))
      messages[index] = error ? error.message : alignment.text;
    expect(messages[0]).toBe("enter sixty seven");
    expect(messages[1]).toMatch(/missing\.wav/);
    expect(messages[2]).toMatch(/^align: \d+ frames for \d+ symbols/);
    expect(messages[3]).toBe("P I T T S B U R G H");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(aligner.align(audio("command"), "enter", { signal })).rejects.toThrow("enough");
  });
});

describe("alignEmissions", () => {
  const vocabulary = createVocabulary({ "<pad>": 0, "|": 1, A: 2, B: 3 });
  /** Log-probabilities that say a path with probability 0.97 a frame. */
  const emissionsOf = (path: readonly number[]): Emissions => {
    const data = path.flatMap((id) => [0, 1, 2, 3].map((k) => Math.log(k === id ? 0.97 : 0.01)));
    return { data: Float64Array.from(data), frames: path.length, symbols: 4 };
  };

  it("spreads spikes up to their neighbours, and no further than asked", async () => {
    const emissions = emissionsOf([0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    const spikes = await alignEmissions(emissions, "AB a", { vocabulary }, { spreadSeconds: 0 });
    const spread = await alignEmissions(emissions, "AB a", { vocabulary });
    const rounded = (text: AlignedText) =>
      timesOf(text).map(([word, start, end]) => [word, ...[start, end].map((x) => Math.round(x * 50))]);
    expect(rounded(spikes)).toEqual([
      ["AB", 6, 9],
      ["a", 12, 13],
    ]);
    const earlier = await alignEmissions(emissions, "AB a", { vocabulary, emissionDelay: 0.04 }, { spreadSeconds: 0 }); // prettier-ignore
    expect(rounded(earlier)).toEqual([
      ["AB", 4, 7],
      ["a", 10, 11],
    ]);
    expect(rounded(spread)).toEqual([
      ["AB", 3, 11], // 10.5, half a frame up
      ["a", 11, 16],
    ]);
  });

  it("never goes beyond the recording", async () => {
    const { segments } = await alignEmissions(
      emissionsOf([2, 2, 3, 3]),
      "ab",
      { vocabulary, durationSeconds: 0.075 },
      { spreadSeconds: 1 },
    );
    expect([segments[0]!.start, segments[0]!.end]).toEqual([0, 0.075]);
  });

  it("refuses a negative cost", async () => {
    const refused = alignEmissions(emissionsOf([2]), "a", { vocabulary }, { missingCost: -1 });
    await expect(refused).rejects.toThrow("align: missingCost is -1; expected nats, 0 or more");
  });
});
