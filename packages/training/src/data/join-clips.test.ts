import { describe, expect, it } from "vitest";
import { createRandom } from "../random.js";
import { joinClips } from "./join-clips.js";

const clip = (length: number, level: number) => Float32Array.from({ length }, (_, i) => level * (-1) ** i);
const batch = {
  names: ["a", "b", "c"],
  clips: [clip(800, 0.5), clip(640, 0.25), clip(320, 1)],
  labels: [Int32Array.of(5, 6), Int32Array.of(7), Int32Array.of(8)],
};

describe("joined clips", () => {
  const rules = { probability: 1, pauseSeconds: [0.01, 0.02] } as const;

  it("are pairs with a pause between, and the last alone", () => {
    const joined = joinClips(batch, 4, rules, createRandom(3));
    expect(joined.names).toEqual(["a, b", "c"]);
    expect(joined.labels.map((row) => [...row])).toEqual([[5, 6, 4, 7], [8]]); // prettier-ignore
    const [pair, last] = joined.clips as [Float32Array, Float32Array];
    expect(last).toEqual(batch.clips[2]);
    expect(pair.subarray(0, 800)).toEqual(batch.clips[0]);
    expect(pair.subarray(-640)).toEqual(batch.clips[1]);
    const pause = pair.subarray(800, -640);
    expect(pause.length).toBeGreaterThanOrEqual(160);
    expect(pause.length).toBeLessThanOrEqual(320);
    const level = Math.sqrt(pause.reduce((sum, x) => sum + x * x, 0) / pause.length);
    expect(level).toBeGreaterThan(0);
    expect(level).toBeLessThan(0.55); // that of the first clip, but for chance
  });

  it("say nothing between words where the vocabulary has no sign for it", () => {
    expect([...joinClips(batch, undefined, rules, createRandom(3)).labels[0]!]).toEqual([5, 6, 7]);
  });

  it("are as rare as is asked for, and pauses of silence are silent", () => {
    const random = createRandom(1);
    const some = Array.from({ length: 2000 }, () => joinClips(batch, 4, { ...rules, probability: 0.3 }, random) !== batch); // prettier-ignore
    expect(some.filter(Boolean).length / 2000).toBeCloseTo(0.3, 1);
    const silent = { ...batch, clips: [new Float32Array(700), clip(640, 1), clip(320, 1)] };
    const [pair] = joinClips(silent, 4, rules, random).clips;
    expect(pair!.subarray(0, -640).every((x) => x === 0)).toBe(true);
  });
});
