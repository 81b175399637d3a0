import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import { compareTexts, errorRates, wordErrorRate } from "@wav2vec/decoders";
import { hasGoldens, openGolden, SHARED, worstDifference } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRecognizer, type Recognizer, type TranscribeProgress } from "./recognizer.js";
import type { Transcript } from "./transcript.js";

const root = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const names = ["command", "digits", "spelled"];
const demo = names.map((name) => root(`examples/audio/${name}.wav`));
const texts = names.map((name) => readFileSync(root(`examples/audio/${name}.txt`), "utf8").trim());
const backend = ortBackend({ ort });

describe("the model that ships", () => {
  let recognizer: Recognizer;
  beforeAll(async () => {
    recognizer = await createRecognizer({ model: root("models/en-tiny"), backend });
  });
  afterAll(() => recognizer.dispose());

  it("reads the demo recordings", async () => {
    const transcripts = await recognizer.transcribe(demo);
    expect(transcripts.map(({ text }) => text)).toEqual(texts);
  });

  it("gives words whose times follow each other inside the recording, with characters inside words", async () => {
    const { segments, durationSeconds } = await recognizer.transcribe(demo[1]!);
    const words = segments.flatMap((segment) => segment.words);
    expect(words.map(({ text }) => text).join(" ")).toBe(texts[1]);
    let before = 0;
    for (const { start, end, confidence, characters, text } of words) {
      expect(start).toBeGreaterThanOrEqual(before);
      expect(confidence).toBeGreaterThan(0.5);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(characters.map((character) => character.text).join("")).toBe(text);
      expect([characters[0]!.start, characters.at(-1)!.end]).toEqual([start, end]);
      before = end;
    }
    expect(before).toBeLessThanOrEqual(durationSeconds);
  });

  it("says the same of a clip in a batch as alone", async () => {
    const alone: Transcript[] = [];
    for (const path of demo) alone.push(await recognizer.transcribe(path));
    const batched = await recognizer.transcribe(demo, { batchSize: 3 });
    batched.forEach((transcript, i) => {
      expect(transcript.text).toBe(alone[i]!.text);
      const [a, b] = [transcript, alone[i]!].map(({ segments }) => segments.flatMap(({ words }) => words));
      a!.forEach((word, j) => {
        expect([word.start, word.end]).toEqual([b![j]!.start, b![j]!.end]);
        expect(word.confidence).toBeCloseTo(b![j]!.confidence!, 3);
      });
    });
  });

  it("reads a long recording in windows, and reports how far it is", async () => {
    const clips = await Promise.all(demo.map(async (path) => (await readAudio(path)).samples));
    const pause = new Float32Array(16_000);
    const long = Array.from({ length: 6 }, () => clips.flatMap((clip) => [clip, pause])).flat();
    const samples = Float32Array.from(long.flatMap((part) => Array.from(part)));
    const progress: TranscribeProgress[] = [];
    const { text, durationSeconds, segments } = await recognizer.transcribe(samples, {
      windowSeconds: 5,
      contextSeconds: 1.5,
      onProgress: (now) => progress.push(now),
    });
    const rate = wordErrorRate([{ reference: Array(6).fill(texts.join(" ")).join(" "), hypothesis: text }]);
    expect(rate).toBeLessThan(0.2); // trained on single phrases, the model errs where one ends in a window
    expect(durationSeconds).toBeCloseTo(samples.length / 16_000, 6);
    expect(segments.length).toBeGreaterThanOrEqual(18);
    expect(progress.length).toBeGreaterThan(5);
    expect(progress.at(-1)).toMatchObject({
      recordingsDone: 1,
      secondsDone: expect.closeTo(durationSeconds, 6) as number,
    });
  });

  it("searches with a beam, and reports alternatives", async () => {
    const { text, alternatives } = await recognizer.transcribe(demo[0]!, { beam: { beamSize: 8, nbest: 3 } });
    expect(text).toBe(texts[0]);
    expect(alternatives).toHaveLength(3);
    expect(alternatives![0]!.score).toBeGreaterThan(alternatives![1]!.score);
  });

  it("answers the others when one recording fails", async () => {
    const outcomes = [];
    for await (const outcome of recognizer.transcribeEach([demo[0]!, "no-such-file.wav", demo[1]!], {
      batchSize: 2,
    }))
      outcomes.push(outcome);
    expect(outcomes.map(({ index, transcript }) => [index, transcript?.text])).toEqual([
      [0, texts[0]],
      [1, undefined],
      [2, texts[1]],
    ]);
    expect(outcomes[1]!.error!.message).toContain("no-such-file.wav");
  });

  it("stops when told to", async () => {
    const abort = new AbortController();
    const run = recognizer.transcribe(new Float32Array(16_000 * 60), {
      windowSeconds: 5,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrow("enough");
  });

  it.each<[string, Float32Array, string]>([
    [
      "no samples",
      new Float32Array(0),
      'audio: "samples" has 0 samples at 16 kHz; expected at least 400 (25 ms)',
    ],
    [
      "399 samples",
      new Float32Array(399),
      'audio: "samples" has 399 samples at 16 kHz; expected at least 400 (25 ms)',
    ],
    [
      "NaN",
      Float32Array.from({ length: 800 }, (_, i) => (i === 700 ? NaN : 0)),
      'audio: "samples" has NaN at sample 700; expected finite numbers',
    ],
  ])("refuses %s", async (_name, samples, message) => {
    await expect(recognizer.transcribe(samples)).rejects.toThrow(message);
  });

  it("finds silence to be silent, or nearly", async () => {
    const { text } = await recognizer.transcribe(new Float32Array(16_000));
    expect(text.length).toBeLessThan(4);
  });

  it("refuses a batch size that is none", async () => {
    await expect(recognizer.transcribe(demo[0]!, { batchSize: 0 })).rejects.toThrow(
      "batchSize is 0; expected a whole number of at least 1",
    );
  });
});

describe.skipIf(!hasGoldens)("every format of the same weights", () => {
  const formats = `${SHARED}/reference/models/formats`;
  it.each([
    ["base-bin", "wav2vec2-base-ctc"],
    ["base-bin-sharded", "wav2vec2-base-ctc"],
    ["base-bin-views", "wav2vec2-base-ctc"],
    ["large-sharded", "wav2vec2-lv60-ctc"],
    ["large-bin-legacy", "wav2vec2-lv60-ctc"],
    ["large-weight-norm-folded", "wav2vec2-lv60-ctc"],
    ["fairseq/large-ctc.pt", "wav2vec2-lv60-ctc"],
  ])("%s reads like %s", async (format, model) => {
    const { data } = await (await openGolden("audio")).tensor("clip2");
    const results: ArrayLike<number>[] = [];
    for (const path of [`${formats}/${format}`, `${SHARED}/reference/models/${model}`]) {
      const recognizer = await createRecognizer({ model: path, backend });
      const [emissions] = await recognizer.model.emissions([data]);
      results.push(emissions!.data);
      recognizer.dispose();
    }
    expect(worstDifference(results[0]!, results[1]!).relative).toBeLessThan(1e-4);
  });
});

const an4 = `${SHARED}/data/an4`;
describe.skipIf(!existsSync(an4))("AN4 dev", () => {
  it("is read with the word errors of PyTorch, but for one word", async () => {
    const clips = readFileSync(`${an4}/metadata.jsonl`, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { file_name: string; transcription: string; split: string })
      .filter(({ split }) => split === "dev");
    const recognizer = await createRecognizer({ model: root("models/en-tiny"), backend });
    const transcripts = await recognizer.transcribe(clips.map(({ file_name }) => `${an4}/${file_name}`));
    recognizer.dispose();
    const pairs = clips.map(({ transcription }, i) => ({
      reference: transcription,
      hypothesis: transcripts[i]!.text,
    }));
    expect(Math.abs(errorRates(compareTexts(pairs)).rate * 586 - 103)).toBeLessThanOrEqual(1.01); // the model card's figures
  });
});
