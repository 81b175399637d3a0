import { writeWav } from "@wav2vec/audio";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChanges } from "./clip-change.js";
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
  await mkdir(at("noise"));
  await writeNoise();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Shorter than the clips, and longer. */
const writeNoise = async () => {
  for (const i of [1, 4]) await writeFile(at(`noise/${i}.wav`), writeWav(tone(i / 2, i)));
};
const noise = () => ({ path: at("noise"), snr: [10, 10] as [number, number], probability: 0.5 });
const power = (x: Float32Array) => x.reduce((sum, v) => sum + v * v, 0);

const openAll = (names: readonly string[], reader: ClipReader, cacheBytes: number) =>
  openClips(
    names.map((name) => ({ path: at(name), name, columns: {} })),
    {
      framesOf: (samples) => Math.floor(samples / 320),
      minSamples: 1,
      maxSamples: 1e6,
      defects: { ...defectPolicy("skip"), "missing-file": "skip" },
      cacheBytes,
      reader,
    },
  );
const open = (reader: ClipReader, cacheBytes = 0) =>
  openAll(["1.wav", "broken.wav", "2.wav", "gone.wav", "3.wav"], reader, cacheBytes);
const openOne = (name: string, reader: ClipReader, cacheBytes = 0) => openAll([name], reader, cacheBytes);

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

  it("mixes in the same noise on any thread, kept or decoded, at the level that was drawn", async () => {
    const results: Buffer[][] = [];
    for (const threads of [0, 2]) {
      const reader = clipReader(threads);
      try {
        const changeOf = await openChanges({ recordings: noise() }, reader);
        const clips = await openOne("1.wav", reader, threads === 2 ? 1e9 : 0);
        const clean = await clips.load(0);
        const seeds = Array.from({ length: 16 }, (_, seed) => seed);
        const noisy = await Promise.all(seeds.map((seed) => clips.load(0, changeOf(seed))));
        for (const [seed, own] of noisy.entries()) {
          const noise = own.map((y, i) => y - clean[i]!); // as long
          if (changeOf(seed)) expect(10 * Math.log10(power(clean) / power(noise))).toBeCloseTo(10, 2);
          else expect(power(noise)).toBe(0);
        }
        const used = seeds.flatMap((seed) => changeOf(seed)?.noise?.recording.path ?? []);
        expect(new Set(used)).toEqual(new Set([at("noise/1.wav"), at("noise/4.wav")]));
        expect(used.length).toBeLessThan(16);
        results.push(noisy.map(({ buffer }) => Buffer.from(buffer)));
      } finally {
        await reader.close();
      }
    }
    expect(results[1]!.map((own, i) => own.equals(results[0]![i]!))).not.toContain(false);
  });

  it.each([0, 1])("names noise that has gone or was replaced meanwhile, on %d threads", async (threads) => {
    const reader = clipReader(threads);
    try {
      const changeOf = await openChanges({ recordings: { ...noise(), probability: 1 } }, reader);
      const clips = await openOne("1.wav", reader);
      await writeFile(at("noise/1.wav"), writeWav(tone(1, 5)));
      await rm(at("noise/4.wav"));
      const told = ["noise/1.wav", "noise/4.wav"].map(async (name) => {
        let seed = 0;
        while (changeOf(seed)?.noise?.recording.path !== at(name)) seed++;
        return clips.load(0, changeOf(seed)).catch((error: unknown) => error);
      });
      const [changed, gone] = await Promise.all(told);
      expect(changed).toMatchObject({ name: "DataError", file: at("noise/1.wav") });
      expect(String(changed)).toMatch(
        /noise\/1\.wav: cannot be mixed in as noise: it has 16000 samples now, 8000 when/,
      );
      expect(gone).toMatchObject({ name: "DataError", file: at("noise/4.wav") });
    } finally {
      await reader.close();
      await writeNoise();
    }
  });
});
