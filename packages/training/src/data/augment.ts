// Changes to recordings that training makes at random, so that no epoch hears the same twice.
import { resample } from "@wav2vec/audio";
import type { Random } from "../random.js";

/** Each is off unless given. Noise from recordings is `mixNoise`. */
export interface Augmentation {
  /** Slowest and fastest; pitch changes along, as on a tape. */
  readonly speed?: readonly [number, number] | undefined;
  /** Up to so many seconds of silence before and after. */
  readonly silenceSeconds?: number | undefined;
  /** Decibels: loudness changes by up to this, either way. Of no effect on models whose input is normalised. */
  readonly gain?: number | undefined;
  /** White noise at one of these levels, relative to the recording's own (0.01 is 40 dB below); chosen evenly. */
  readonly noise?: readonly number[] | undefined;
}

const SAMPLE_RATE = 16_000; // Hz
const SPEED_STEPS = 50; // 2 % each: rates with common factors, which the resampler needs

/** A changed copy; draws the same count of random numbers whatever the recording. */
export function augment(samples: Float32Array, augmentation: Augmentation, random: Random): Float32Array {
  const { speed, silenceSeconds = 0, gain = 0, noise } = augmentation;
  let changed = samples;
  if (speed) {
    const factor =
      Math.round((speed[0] + (speed[1] - speed[0]) * random.uniform()) * SPEED_STEPS) / SPEED_STEPS;
    changed = resample(changed, { fromRate: Math.round(SAMPLE_RATE * factor), filter: "hann" });
  }
  if (silenceSeconds > 0) {
    const [before, after] = [0, 0].map(() => random.below(Math.round(silenceSeconds * SAMPLE_RATE) + 1)) as [number, number]; // prettier-ignore
    const padded = new Float32Array(before + changed.length + after);
    padded.set(changed, before);
    changed = padded;
  }
  if (gain > 0) {
    const scale = 10 ** ((gain * (2 * random.uniform() - 1)) / 20);
    changed = changed.map((x) => x * scale);
  }
  if (noise) {
    const level = noise[random.below(noise.length)]! * rootMeanSquare(changed);
    const own = random.uint32(); // the noise itself comes from a fast generator of its own
    if (level > 0) changed = addNoise(changed, level, own);
  }
  return changed;
}

function rootMeanSquare(samples: Float32Array): number {
  let squares = 0;
  for (const x of samples) squares += x * x;
  return Math.sqrt(squares / samples.length);
}

/** Nearly normal noise: the sum of four even draws of a 32-bit linear congruential generator. */
function addNoise(samples: Float32Array, level: number, seed: number): Float32Array {
  let state = seed | 1;
  const scale = (level * Math.sqrt(3)) / 2 ** 32; // the sum of four even draws in ±2^31 has deviation 2^32 / sqrt(3)
  return samples.map((x) => {
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      sum += state;
    }
    return x + sum * scale;
  });
}
