import { ortBackend } from "@wav2vec/backend-ort";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFrameDiarizer, type FrameDiarizer } from "./frame-diarizer.js";

describe.skipIf(!hasGoldens)("a frame-level diarizer", () => {
  let diarizer: FrameDiarizer;
  let clip: Float32Array;
  let logits: Float32Array;
  beforeAll(async () => {
    const model = `${SHARED}/reference/models/wav2vec2-frame-classification`;
    diarizer = await createFrameDiarizer({ model, backend: ortBackend({ ort }) });
    clip = (await (await openGolden("audio")).tensor("clip0")).data;
    logits = (await (await openGolden("wav2vec2-frame-classification")).tensor("clip0.weighted.logits")).data;
  });
  afterAll(() => diarizer?.dispose());

  it("gives the sigmoid of the reference's logits, each speaker alone", async () => {
    const { probabilities, frames, speakers, secondsPerFrame } = await diarizer.activity(clip);
    expect([frames, speakers, secondsPerFrame, diarizer.speakerCount]).toEqual([29, 3, 0.02, 3]);
    probabilities.forEach((p, i) => expect(p).toBeCloseTo(1 / (1 + Math.exp(-logits[i]!)), 4));
  });

  it("makes turns of them that overlap where the model hears several", async () => {
    const turns = await diarizer.diarize(clip, { shortestPause: 0, shortestTurn: 0 });
    const active = (speaker: string, frame: number) =>
      turns.some(
        (t) => t.speaker === speaker && t.start <= frame * 0.02 + 1e-6 && t.end > frame * 0.02 + 1e-6,
      );
    const columns = [0, 1, 2].map((s) =>
      Array.from({ length: 29 }, (_, frame) => logits[frame * 3 + s]! >= 0),
    );
    const found = ["speaker-1", "speaker-2", "speaker-3"].map((name) => Array.from({ length: 29 }, (_, frame) => active(name, frame))); // prettier-ignore
    const sorted = (table: readonly boolean[][]) => table.map((row) => row.map(Number).join("")).sort();
    expect(sorted(found)).toEqual(sorted(columns));
    expect(turns[0]!.speaker).toBe("speaker-1");
    const long = await diarizer.diarize(clip, { shortestTurn: 0.1, shortestPause: 0.04 });
    expect(long.every(({ start, end }) => end - start >= 0.1 - 1e-9)).toBe(true);
    expect(long.length).toBeLessThan(turns.length);
  });

  it("hears long recordings in windows, with as many frames as the whole", async () => {
    const long = Float32Array.from({ length: 5 * clip.length }, (_, i) => clip[i % clip.length]!);
    const whole = await diarizer.activity(long);
    const windows = await diarizer.activity(long, { windowSeconds: 1, overlapSeconds: 0.5 });
    expect(windows.frames).toBe(whole.frames);
    const first = await diarizer.activity(long.subarray(0, 49 * 320 + 400));
    expect(windows.probabilities.subarray(0, 75)).toEqual(first.probabilities.subarray(0, 75)); // its own half, 25 frames
    expect(windows.probabilities.every((p) => p > 0 && p < 1)).toBe(true);
  });

  it("refuses what is too short, windows that cannot be joined, thresholds that are none", async () => {
    await expect(diarizer.diarize(new Float32Array(399))).rejects.toThrow("has 399 samples");
    await expect(diarizer.diarize(clip, { threshold: 1 })).rejects.toThrow("threshold is 1");
    await expect(diarizer.diarize(clip, { windowSeconds: 5, overlapSeconds: 5 })).rejects.toThrow("longer than what they share"); // prettier-ignore
    const short = await diarizer.activity(new Float32Array(1600));
    expect(short.frames).toBe(4);
    const model = `${SHARED}/reference/models/wav2vec2-base-ctc`;
    await expect(createFrameDiarizer({ model, backend: ortBackend({ ort }) })).rejects.toThrow(/missing: "classifier.weight"/); // prettier-ignore
  });
});
