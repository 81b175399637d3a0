// From a recording's file, or its samples, to what a batch holds; the same on the main thread and on a worker.
import { AudioError, readAudio } from "@wav2vec/audio";
import { createRandom } from "../random.js";
import { augment } from "./augment.js";
import type { ClipChange } from "./clip-change.js";
import { mixNoise } from "./mix-noise.js";
import type { NoiseCache } from "./noise-cache.js";

/** What is to be done. */
export interface ClipTask {
  /** File to decode, or samples at 16 kHz. */
  readonly source: string | Float32Array;
  /** How messages call it. */
  readonly name: string;
  /** Samples that the file had when it was checked; absent when it is checked now. */
  readonly expected?: number;
  readonly change?: ClipChange | undefined;
}

/** A recording that cannot be decoded, or is not what it was; the message says why. */
export class BrokenClip extends Error {
  override name = "BrokenClip";
}

/**
 * @param noise of this thread
 * @throws BrokenClip; DataError if the noise to mix in has gone, or is not what it was
 */
export async function prepareClip(
  { source, name, expected, change }: ClipTask,
  noise: NoiseCache,
): Promise<Float32Array> {
  const samples = typeof source === "string" ? await decode(source, name) : source;
  if (expected !== undefined && samples.length !== expected)
    throw new BrokenClip(`it has ${samples.length} samples now, ${expected} when the run began`);
  if (!change) return samples;
  const changed = augment(samples, change.augmentation, createRandom(change.seed));
  return change.noise ? mixNoise(changed, await noise.read(change.noise.recording), change.noise) : changed;
}

async function decode(path: string, name: string): Promise<Float32Array> {
  try {
    return (await readAudio(path, { name })).samples;
  } catch (error) {
    throw error instanceof AudioError ? new BrokenClip(error.message) : error;
  }
}
