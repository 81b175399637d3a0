import { writeWav } from "@wav2vec/audio";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChanges } from "./clip-change.js";
import { clipReader } from "./clip-reader.js";
import { noiseCache } from "./noise-cache.js";
import { drawNoise, openNoise, type ClipNoise } from "./noise-recordings.js";

let folder = "";
const at = (name: string) => join(folder, name);
const tone = (samples: number) => Float32Array.from({ length: samples }, (_, i) => 0.1 * Math.sin(i));
const write = (name: string, samples: number) => writeFile(at(name), writeWav(tone(samples)));
const reader = clipReader(0);
const fields = (name: string) => ({ path: at(name), snr: [5, 20] as [number, number], probability: 1 });
const mean = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "noise-"));
  for (const name of ["musan/noise/free-sound", "empty", "broken"])
    await mkdir(at(name), { recursive: true });
  // Written in another order than that of their names.
  for (const [name, samples] of [["noise/free-sound/b.wav", 300], ["z.wav", 200], ["a.WAV", 100]] as const) await write(`musan/${name}`, samples); // prettier-ignore
  for (const name of ["musan/README", "empty/README"]) await writeFile(at(name), "no noise");
  for (const name of ["1.wav", "3.wav"]) await write(`broken/${name}`, 100);
  await writeFile(at("broken/2.wav"), "RIFF no more of it");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a folder of noise", () => {
  it("is listed in the order of names, with the length of each recording", async () => {
    const told: number[][] = [];
    expect(await openNoise(fields("musan"), reader, (...now) => told.push(now))).toEqual({
      recordings: [
        { path: at("musan/a.WAV"), samples: 100 },
        { path: at("musan/noise/free-sound/b.wav"), samples: 300 },
        { path: at("musan/z.wav"), samples: 200 },
      ],
      snr: [5, 20],
      probability: 1,
    });
    expect(told.at(-1)).toEqual([3, 3]);
  });

  it.each([
    ["nowhere", /nowhere: does not exist, or is no folder; augment\.recordings expects/],
    ["musan/a.WAV", /a\.WAV: does not exist, or is no folder/],
    ["empty", /empty: holds no recordings; augment\.recordings expects noise/],
    ["broken", /broken\/2\.wav: cannot be mixed in as noise: audio: "2\.wav" .*; repair it, or take it out/],
  ])("that is no use is named: %s", async (name, message) => {
    const opened = openNoise(fields(name), reader);
    await expect(opened).rejects.toMatchObject({ name: "DataError" });
    await expect(opened).rejects.toThrow(message);
  });

  it("is read only until the run is stopped", async () => {
    await expect(openNoise(fields("musan"), reader, undefined, AbortSignal.abort())).rejects.toThrow(/abort/);
  });
});

describe("noise of a clip", () => {
  const recordings = [1, 2, 3, 4].map((n) => ({ path: `${n}`, samples: n }));
  const over = (probability: number) =>
    Array.from({ length: 2000 }, (_, seed) => drawNoise({ recordings, snr: [5, 20], probability }, seed));

  it("is there as often as asked", () => {
    expect(over(1)).not.toContain(undefined);
    expect(new Set(over(0))).toEqual(new Set([undefined]));
    const share = over(0.3).filter((noise) => noise !== undefined).length / 2000;
    expect(Math.abs(share - 0.3)).toBeLessThan(0.041); // 4 deviations
  });

  it("is any recording at any place, its level evenly between the least and the greatest", () => {
    const drawn = over(1) as ClipNoise[]; // none is undefined, see above
    for (const { path } of recordings) {
      const count = drawn.filter(({ recording }) => recording.path === path).length;
      expect(Math.abs(count - 500)).toBeLessThan(78); // 4 deviations
    }
    const levels = drawn.map(({ snr }) => snr);
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...levels)).toBeLessThanOrEqual(20);
    expect(Math.abs(mean(levels) - 12.5)).toBeLessThan(0.39); // 4 deviations
    expect(Math.abs(mean(levels.map((snr) => (snr - 12.5) ** 2)) - 15 ** 2 / 12)).toBeLessThan(1.6);
    expect(Math.abs(mean(drawn.map(({ place }) => place!)) - 0.5)).toBeLessThan(0.026);
  });

  it("is the same for the same seed", () => {
    expect(over(0.5)).toEqual(over(0.5));
  });
});

describe("the changes of a clip", () => {
  const all = { speed: [0.9, 1.1], silenceSeconds: 0.1, gain: 6, noise: [0.01, 0.1] } as const;

  it("are none where nothing is asked for, and what they were before there was noise from recordings", async () => {
    expect((await openChanges({}, reader))(1)).toBeUndefined();
    expect((await openChanges({ speed: undefined, recordings: undefined }, reader))(1)).toBeUndefined();
    expect((await openChanges(all, reader))(7)).toEqual({ augmentation: all, seed: 7 });
  });

  it("have noise beside the others, which stay as they are", async () => {
    const recordings = fields("musan");
    const noise = drawNoise(await openNoise(recordings, reader), 7);
    expect(noise).toBeDefined();
    expect((await openChanges({ ...all, recordings }, reader))(7)).toEqual({
      augmentation: all,
      seed: 7,
      noise,
    });
    expect((await openChanges({ recordings }, reader))(7)).toEqual({ augmentation: {}, seed: 7, noise });
    expect((await openChanges({ recordings: { ...recordings, probability: 0 } }, reader))(7)).toBeUndefined();
  });
});

describe("decoded noise", () => {
  const recording = (name: string, samples: number) => ({ path: at(name), samples });

  it("is kept within a bound, what was heard longest ago going first", async () => {
    for (const name of ["x", "y", "z", "long"]) await write(`${name}.wav`, name === "long" ? 900 : 400);
    const cache = noiseCache(2 * 400 * 4);
    const read = (name: string) => cache.read(recording(`${name}.wav`, name === "long" ? 900 : 400));
    const [x, y] = [await read("x"), await read("y")];
    expect(x).toHaveLength(400);
    expect(await read("x")).toBe(x);
    const long = await read("long"); // above the bound: it drives nothing out
    expect(await read("long")).not.toBe(long);
    expect(await read("y")).toBe(y);
    expect(await read("x")).toBe(x);
    await read("z");
    expect(await read("x")).toBe(x);
    expect(await read("y")).not.toBe(y);
  });

  it("is decoded once for clips that want it at once", async () => {
    await write("shared.wav", 100);
    const cache = noiseCache();
    const [a, b] = await Promise.all([1, 2].map(() => cache.read(recording("shared.wav", 100))));
    expect(a).toBe(b);
  });

  it("that is not what it was, or has gone, is named; other noise is still to be had", async () => {
    await write("changed.wav", 50);
    const cache = noiseCache();
    const names = ["changed.wav", "gone.wav", "x.wav"];
    const found = await Promise.allSettled(names.map((name) => cache.read(recording(name, 400))));
    expect(found.map((own) => (own.status === "rejected" ? String(own.reason) : own.value.length))).toEqual([
      expect.stringMatching(/changed\.wav: cannot be mixed in as noise: it has 50 samples now, 400 when the run began; repair it/), // prettier-ignore
      expect.stringMatching(
        /gone\.wav: cannot be mixed in as noise: audio: .* does not exist; .* take it out/,
      ),
      400,
    ]);
  });
});
