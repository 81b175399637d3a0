import { fileURLToPath } from "node:url";
import { acousticModel, type AcousticModel } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { reference, type Backend } from "@wav2vec/core";
import { characterErrorRate } from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveRecognizer, type LiveRecognizer } from "./live.js";
import { startBackend } from "./start-backend.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const SAID = "SEVEN THREE ONE EIGHT TWO FOUR ENTER SIXTY SEVEN P I T T S B U R G H";
let model: AcousticModel;
let samples: Float32Array;
beforeAll(async () => {
  model = await acousticModel(await openCheckpoint(`${root}models/en-tiny`), ortBackend({ ort, threads: 1 }));
  const clips = await Promise.all(
    ["digits", "command", "spelled"].map((name) => readAudio(`${root}examples/audio/${name}.wav`)),
  );
  const silence = new Float32Array(8000);
  const parts = clips.flatMap((clip) => [clip.samples, silence]);
  samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
});
afterAll(() => model.dispose());

describe("live recognition", () => {
  it.each([1600, 7000])(
    "in blocks of %i samples ends near what was said, and stable words stay",
    async (block) => {
      const live = liveRecognizer(model);
      let stable: string[] = [];
      let mostStable = 0;
      for (let at = 0; at < samples.length; at += block) {
        const { transcript, stableWords, secondsHeard } = await live.push(samples.slice(at, at + block));
        const words = transcript.segments.flatMap((segment) => segment.words.map(({ text }) => text));
        expect(words.slice(0, stable.length)).toEqual(stable);
        expect(secondsHeard).toBeCloseTo(Math.min(at + block, samples.length) / 16000, 6);
        stable = words.slice(0, stableWords);
        mostStable = Math.max(mostStable, stableWords);
      }
      expect(mostStable).toBeGreaterThan(6); // words become stable before the end
      const { transcript, stableWords } = await live.finish();
      expect(stableWords).toBe(transcript.segments.flatMap(({ words }) => words).length);
      // Windows hear less around them than a whole recording would: near what was said, not equal to one pass.
      expect(characterErrorRate([{ reference: SAID, hypothesis: transcript.text }])).toBeLessThan(0.06);
    },
  );

  it("goes on from its memory when the device is lost, as if nothing had happened", async () => {
    const [block, half] = [7000, 7 * 7000];
    const hear = async (live: LiveRecognizer, from: number, to: number) => {
      for (let at = from; at < to; at += block) await live.push(samples.slice(at, Math.min(at + block, to)));
    };
    const undisturbed = liveRecognizer(model);
    await hear(undisturbed, 0, samples.length);
    let isLost = false;
    const losable = { ...model, emissions: (...given: Parameters<AcousticModel["emissions"]>) => isLost ? Promise.reject(new Error("lost")) : model.emissions(...given) }; // prettier-ignore
    const first = liveRecognizer(losable);
    await hear(first, 0, half);
    isLost = true;
    await expect(hear(first, half, half + block)).rejects.toThrow("lost");
    const second = liveRecognizer(model, { from: structuredClone(first.memory()) });
    await second.push(new Float32Array(0));
    await hear(second, half + block, samples.length);
    const [expected, found] = [await undisturbed.finish(), await second.finish()];
    expect(found).toEqual({ ...expected, computeMs: found.computeMs });
  });

  it("says nothing of too little", async () => {
    const { transcript, stableWords } = await liveRecognizer(model).push(new Float32Array(100));
    expect(transcript.text).toBe("");
    expect(stableWords).toBe(0);
  });
});

describe("startBackend", () => {
  const broken = () => Promise.reject(new Error("no driver"));
  const wrong = { ...reference, download: async () => new Float32Array([3, 3]) } as Backend; // a backend that miscomputes

  it("passes over what does not start or miscomputes, and says why", async () => {
    const table = { broken, wrong: async () => wrong, good: async () => reference as Backend };
    const { name, notes } = await startBackend(table, undefined);
    expect(name).toBe("good");
    expect(notes).toEqual([
      "broken does not start (no driver); using good",
      "wrong does not start (computes 1 + 1 = 3); using good",
    ]);
  });

  it("tries the wanted one first, and names those there are", async () => {
    const table = { broken, good: async () => reference as Backend };
    expect((await startBackend(table, "good")).notes).toEqual([]);
    await expect(startBackend(table, "cuda")).rejects.toThrow('backend is "cuda"; expected broken or good');
    await expect(startBackend({ broken }, undefined)).rejects.toThrow(
      "no backend works here: broken does not start (no driver)",
    );
  });
});
