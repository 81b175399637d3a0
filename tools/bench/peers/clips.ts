// Seeded noise as clips: random weights hear nothing anyway, and every contender must get the same samples.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const SAMPLE_RATE = 16000;

/** Writes one raw float32 file a clip into `folder`. @returns their paths */
export function writeClips(folder: string, seconds: readonly number[]): string[] {
  const random = randomNumbers(1);
  return seconds.map((length, i) => {
    const samples = Float32Array.from(
      { length: Math.round(length * SAMPLE_RATE) },
      () => 0.2 * (random() - 0.5),
    );
    const path = join(folder, `clip${i}.f32`);
    writeFileSync(path, samples);
    return path;
  });
}

/** Uniform in [0, 1): mulberry32. @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
