// The noise recordings that were heard last, decoded: each thread has its own, within a bound of memory.
import { AudioError, readAudio } from "@wav2vec/audio";
import { basename } from "node:path";
import { DataError } from "./entry.js";

/** A recording of noise as it was when the run began. */
export interface NoiseRecording {
  readonly path: string;
  /** Samples at 16 kHz. */
  readonly samples: number;
}

/** Decodes each recording when it is first wanted, and again when others took its place. */
export interface NoiseCache {
  /**
   * @returns [samples] float32, 16 kHz, shared: not to be written to
   * @throws DataError if the recording cannot be decoded any more, or is not as long as it was
   */
  read(recording: NoiseRecording): Promise<Float32Array>;
}

/** 70 minutes at 16 kHz. */
const USUAL_BYTES = 256 * 2 ** 20;

/** @param bytes of decoded samples that are kept at most, beside the recording in use */
export function noiseCache(bytes = USUAL_BYTES): NoiseCache {
  const kept = new Map<string, Float32Array>(); // what was heard longest ago comes first
  let held = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function find(recording: NoiseRecording): Promise<Float32Array> {
    const { path } = recording;
    const found = kept.get(path);
    if (found) kept.delete(path);
    const samples = found ?? (await decode(recording));
    if (samples.byteLength > bytes) return samples;
    if (!found) held += samples.byteLength;
    kept.set(path, samples);
    for (const [oldest, { byteLength }] of kept) {
      if (held <= bytes) break;
      kept.delete(oldest);
      held -= byteLength;
    }
    return samples;
  }

  return {
    // One after another: a thread has many clips under way, and each would hold a recording beyond the bound.
    read(recording) {
      const found = turn.then(() => find(recording));
      turn = found.catch(() => undefined); // told to whoever reads
      return found;
    },
  };
}

async function decode({ path, samples: expected }: NoiseRecording): Promise<Float32Array> {
  const { samples } = await readAudio(path, { name: basename(path) }).catch((error: unknown) => {
    throw error instanceof AudioError ? brokenNoise(path, error.message) : error;
  });
  if (samples.length !== expected)
    throw brokenNoise(path, `it has ${samples.length} samples now, ${expected} when the run began`);
  return samples;
}

/** A noise recording that cannot be mixed in. */
export function brokenNoise(path: string, reason: string): DataError {
  return new DataError(
    path,
    `cannot be mixed in as noise: ${reason}; repair it, or take it out of augment.recordings`,
  );
}
