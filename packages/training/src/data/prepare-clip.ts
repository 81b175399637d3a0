// From a recording's file, or its samples, to what a batch holds; the same on the main thread and on a worker.
import { AudioError, readAudio } from "@wav2vec/audio";
import { createRandom } from "../random.js";
import { augment, type ClipChange } from "./augment.js";

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

/** @throws BrokenClip */
export async function prepareClip({ source, name, expected, change }: ClipTask): Promise<Float32Array> {
  const samples = typeof source === "string" ? await decode(source, name) : source;
  if (expected !== undefined && samples.length !== expected)
    throw new BrokenClip(`it has ${samples.length} samples now, ${expected} when the run began`);
  return change ? augment(samples, change.augmentation, createRandom(change.seed)) : samples;
}

async function decode(path: string, name: string): Promise<Float32Array> {
  try {
    return (await readAudio(path, { name })).samples;
  } catch (error) {
    throw error instanceof AudioError ? new BrokenClip(error.message) : error;
  }
}
