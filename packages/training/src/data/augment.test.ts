import { describe, expect, it } from "vitest";
import { createRandom } from "../random.js";
import { augment, type Augmentation } from "./augment.js";

const tone = (hertz: number, seconds: number) =>
  Float32Array.from(
    { length: 16_000 * seconds },
    (_, i) => 0.2 * Math.sin((2 * Math.PI * hertz * i) / 16_000),
  );
const power = (x: Float32Array) => x.reduce((sum, v) => sum + v * v, 0) / x.length;
const decibels = (x: Float32Array, y: Float32Array) => 10 * Math.log10(power(x) / power(y));
const of = (augmentation: Augmentation, samples: Float32Array, seed: number) =>
  augment(samples, augmentation, createRandom(seed));
const over = <R>(count: number, make: (seed: number) => R) =>
  Array.from({ length: count }, (_, seed) => make(seed));
const mean = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;

/** Upward crossings of zero by time: the frequency of a tone. */
function frequency(samples: Float32Array): number {
  const crossings: number[] = [];
  for (let i = 1; i < samples.length; i++) {
    const [before, now] = [samples[i - 1]!, samples[i]!];
    if (before < 0 && now >= 0) crossings.push(i - 1 + before / (before - now));
  }
  return ((crossings.length - 1) * 16_000) / (crossings.at(-1)! - crossings[0]!);
}

describe("augmentation", () => {
  it.each([0.01, 0.1, 0.5])("adds white noise at level %d of the recording's own", (level) => {
    const samples = tone(200, 2);
    const noise = of({ noise: [level] }, samples, 3).map((x, i) => x - samples[i]!);
    expect(Math.abs(decibels(noise, samples) - 20 * Math.log10(level))).toBeLessThan(0.15); // 32,000 draws: 0.05 dB
    const total = power(noise);
    const correlation = (lag: number) =>
      noise.reduce((sum, v, i) => sum + v * (noise[i + lag] ?? 0), 0) / noise.length / total;
    for (const lag of [1, 2, 3, 7, 100]) expect(Math.abs(correlation(lag))).toBeLessThan(0.03); // 5 deviations
    const scaled = noise.map((v) => v / Math.sqrt(total));
    expect(Math.abs(mean([...scaled]))).toBeLessThan(0.03);
    expect(mean([...scaled].map((v) => v ** 4))).toBeCloseTo(2.7, 1); // four even draws; 3 is normal, 1.8 is one draw
  });

  it("chooses among noise levels evenly, each recording anew", () => {
    const samples = tone(200, 0.25);
    const levels = [0.01, 0.1, 1];
    const chosen = over(300, (seed) => {
      const noise = of({ noise: levels }, samples, seed).map((x, i) => x - samples[i]!);
      return Math.round(decibels(noise, samples) / 20);
    });
    for (const level of [-2, -1, 0])
      expect(Math.abs(chosen.filter((own) => own === level).length - 100)).toBeLessThan(33); // 4 deviations
  });

  it("changes loudness by up to so many decibels, evenly in decibels, and nothing else", () => {
    const samples = tone(200, 0.1);
    const changes = over(400, (seed) => {
      const louder = of({ gain: 6 }, samples, seed);
      const scale = louder[7]! / samples[7]!;
      for (const i of [3, 500, 1599]) expect(louder[i]).toBeCloseTo(samples[i]! * scale, 6);
      return decibels(louder, samples);
    });
    expect(Math.max(...changes)).toBeLessThanOrEqual(6.001);
    expect(Math.min(...changes)).toBeGreaterThanOrEqual(-6.001);
    expect(Math.abs(mean(changes))).toBeLessThan(0.8); // deviation of the mean 0.17
    expect(Math.abs(mean(changes.map((x) => x * x)) - 12)).toBeLessThan(2.2); // 6² / 3 if even; 4 deviations
  });

  it.each([0.9, 1, 1.1, 1.5])("plays at speed %d: duration and pitch change together", (factor) => {
    const faster = of({ speed: [factor, factor] }, tone(440, 1), 1);
    expect(faster.length).toBe(Math.ceil(16_000 / factor));
    expect(frequency(faster) / 440).toBeCloseTo(factor, 3);
  });

  it("draws speeds evenly between the slowest and the fastest", () => {
    const speeds = over(300, (seed) => 1600 / of({ speed: [0.9, 1.1] }, tone(440, 0.1), seed).length);
    expect(Math.min(...speeds)).toBeGreaterThan(0.899);
    expect(Math.max(...speeds)).toBeLessThan(1.101);
    expect(Math.abs(mean(speeds) - 1)).toBeLessThan(0.015); // 4 deviations
    expect(new Set(speeds.map((speed) => speed.toFixed(2))).size).toBe(11); // in steps of 2 %
  });

  it("shifts a recording by silence before and after, up to so many seconds", () => {
    const samples = tone(200, 0.1).map((x) => x + 1); // without zeros of its own
    const ends = over(100, (seed) => {
      const shifted = of({ silenceSeconds: 0.05 }, samples, seed);
      const start = shifted.findIndex((x) => x !== 0);
      expect(samples.every((x, i) => x === shifted[start + i])).toBe(true);
      const after = shifted.subarray(start + samples.length);
      expect(after.every((x) => x === 0)).toBe(true);
      return [start, after.length] as const;
    });
    for (const side of [0, 1] as const) {
      const own = ends.map((pair) => pair[side]);
      expect(Math.max(...own)).toBeLessThanOrEqual(800);
      expect(mean(own)).toBeGreaterThan(300); // 400, deviation 23
      expect(mean(own)).toBeLessThan(500);
    }
  });

  it("is nothing where nothing is asked for, and the same again with the same seed", () => {
    const all = { speed: [0.9, 1.1], silenceSeconds: 0.1, gain: 6, noise: [0.01, 0.1] } as const;
    const samples = tone(300, 0.2);
    expect(of(all, samples, 5)).toEqual(of(all, samples, 5));
    expect(of(all, samples, 5)).not.toEqual(of(all, samples, 6));
    expect(of({}, samples, 5)).toBe(samples);
  });
});
