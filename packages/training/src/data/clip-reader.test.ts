import { writeWav } from "@wav2vec/audio";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clipReader, type ClipReader } from "./clip-reader.js";
import { openClips } from "./clips.js";
import { defectPolicy } from "../config/parse-config.js";

let folder = "";
const at = (name: string) => join(folder, name);
const tone = (seconds: number, step: number) =>
  Float32Array.from({ length: 16_000 * seconds }, (_, i) => 0.1 * Math.sin(i / step));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reader-"));
  for (const i of [1, 2, 3]) await writeFile(at(`${i}.wav`), writeWav(tone(i, 10 * i)));
  await writeFile(at("broken.wav"), "RIFF no more of it");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (reader: ClipReader, cacheBytes = 0) =>
  openClips(
    ["1.wav", "broken.wav", "2.wav", "gone.wav", "3.wav"].map((name) => ({
      path: at(name),
      name,
      columns: {},
    })),
    {
      framesOf: (samples) => Math.floor(samples / 320),
      minSamples: 1,
      maxSamples: 1e6,
      defects: { ...defectPolicy("skip"), "missing-file": "skip" },
      cacheBytes,
      reader,
    },
  );

describe("reading recordings on threads", () => {
  it("gives the same clips, defects and changed samples as reading without", async () => {
    const change = { augmentation: { speed: [0.9, 1.1], noise: [0.1], gain: 6 }, seed: 7 } as const;
    const results: unknown[] = [];
    for (const threads of [0, 2]) {
      const reader = clipReader(threads);
      try {
        const lazy = await open(reader);
        const kept = await open(reader, 1e9);
        const changed = await Promise.all([0, 1, 2].map((i) => lazy.load(i, change)));
        expect(await Promise.all([0, 1, 2].map((i) => kept.load(i, change)))).toEqual(changed);
        expect((await lazy.load(1)).length).toBe(32_000);
        const { clips, defects } = lazy;
        results.push({ clips, defects, changed });
      } finally {
        await reader.close();
      }
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]).toMatchObject({ defects: [{ kind: "broken-audio" }, { kind: "missing-file", name: "gone.wav" }] }); // prettier-ignore
  });

  it("notices a recording that was replaced since it was checked", async () => {
    const clips = await open(clipReader(0));
    await writeFile(at("2.wav"), writeWav(tone(1, 5)));
    await expect(clips.load(1)).rejects.toThrow(
      /2\.wav: broken-audio: it has 16000 samples now, 32000 when the run began/,
    );
    await rm(at("2.wav"));
    await expect(clips.load(1)).rejects.toMatchObject({ name: "DefectError", policy: "skip", defect: { kind: "missing-file" } }); // prettier-ignore
  });
});
