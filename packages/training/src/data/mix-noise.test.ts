import { describe, expect, it } from "vitest";
import { createRandom } from "../random.js";
import { mixNoise } from "./mix-noise.js";

const drawn = (seed: number, length: number, level: number) => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => level * random.normal());
};
const energy = (x: Float32Array) => x.reduce((sum, v) => sum + v * v, 0);
const decibels = (x: Float32Array, y: Float32Array) => 10 * Math.log10(energy(x) / energy(y));
const added = (mixed: Float32Array, samples: Float32Array) => mixed.map((y, i) => y - samples[i]!);
const speech = drawn(1, 8000, 0.1);

/** Of samples near 0.1 in float32, summed and taken apart again: 2^-28 each, below -130 dB. */
const ROUNDING = 1e-3; // dB, for noise down to -40 dB

describe("mixing in noise", () => {
  it.each([
    [0, 1, 8000],
    [10, 0.001, 20_000],
    [-5, 0.3, 20_000],
    [40, 2, 700],
  ])(
    "gives a signal-to-noise ratio of %d dB whatever the noise's own level and length",
    (snr, level, length) => {
      const noise = drawn(2, length, level);
      for (const place of [0, 0.3, 0.999]) {
        const mixed = mixNoise(speech, noise, { snr, place });
        expect(mixed.length).toBe(speech.length);
        expect(Math.abs(decibels(speech, added(mixed, speech)) - snr)).toBeLessThan(ROUNDING);
      }
    },
  );

  it("measures the stretch that is heard, not the recording that it is of", () => {
    const noise = Float32Array.from({ length: 16_000 }, (_, i) => (i < 8000 ? 0.001 : 1) * (i % 2 ? 1 : -1));
    for (const place of [0, 0.5, 0.999]) {
      const mixed = mixNoise(speech, noise, { snr: 6, place });
      expect(Math.abs(decibels(speech, added(mixed, speech)) - 6)).toBeLessThan(ROUNDING);
    }
  });

  it("follows torchaudio's formula", () => {
    const [x, n] = [Float32Array.of(1, -2, 3, 4), Float32Array.of(2, 1, -1, 0)];
    const a = Math.sqrt((30 / 6) * 10 ** -0.3);
    expect([...mixNoise(x, n, { snr: 3 })]).toEqual([1 + 2 * a, -2 + a, 3 - a, 4].map(Math.fround));
  });

  it("begins anywhere that leaves a whole stretch, the last such place included, and goes round where none does", () => {
    const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);
    const heard = (noise: Float32Array, place: number) => {
      const own = added(
        mixNoise(Float32Array.of(1, 1, 1, 1), noise, { snr: 0, place }),
        Float32Array.of(1, 1, 1, 1),
      );
      const step = Math.sqrt(energy(own) / 4); // 1: as strong as the speech
      expect(step).toBeCloseTo(1, 5);
      const scale =
        own[0]! / noise[Math.floor(place * (noise.length >= 4 ? noise.length - 3 : noise.length))]!;
      return [...own].map((v) => Math.round(v / scale));
    };
    expect(heard(ramp(6), 0)).toEqual([1, 2, 3, 4]);
    expect(heard(ramp(6), 0.34)).toEqual([2, 3, 4, 5]);
    expect(heard(ramp(6), 0.999)).toEqual([3, 4, 5, 6]);
    expect(heard(ramp(4), 0.999)).toEqual([1, 2, 3, 4]);
    expect(heard(ramp(3), 0)).toEqual([1, 2, 3, 1]);
    expect(heard(ramp(3), 0.999)).toEqual([3, 1, 2, 3]);
    expect(heard(ramp(1), 0.5)).toEqual([1, 1, 1, 1]);
  });

  it("changes nothing where speech or noise is silent, and never writes to what it is given", () => {
    const speech = drawn(1, 500, 0.1);
    const silence = new Float32Array(500);
    const noise = drawn(3, 900, 1);
    const quietStart = Float32Array.from({ length: 1000 }, (_, i) => (i < 500 ? 0 : 1));
    expect(mixNoise(silence, noise, { snr: 5 })).toEqual(silence);
    expect(mixNoise(speech, silence, { snr: 5 })).toEqual(speech);
    expect(mixNoise(speech, new Float32Array(3), { snr: 5 })).toEqual(speech);
    expect(mixNoise(speech, new Float32Array(0), { snr: 5 })).toEqual(speech);
    expect(mixNoise(speech, quietStart, { snr: 5 })).toEqual(speech);
    expect(mixNoise(new Float32Array(0), noise, { snr: 5 })).toHaveLength(0);
    const [before, own] = [speech.slice(), noise.slice()];
    expect(mixNoise(speech, noise, { snr: 5 })).not.toEqual(speech);
    expect([speech, noise]).toEqual([before, own]);
  });

  it("stays finite with the faintest noise there is", () => {
    const faint = new Float32Array(8000).fill(2 ** -149);
    const mixed = mixNoise(speech, faint, { snr: -100 });
    expect(mixed.every(Number.isFinite)).toBe(true);
    expect(Math.abs(decibels(speech, added(mixed, speech)) + 100)).toBeLessThan(ROUNDING);
  });
});
