// The recordings of a folder as noise: checked before training starts, and drawn for a clip by its seed.
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { NoiseFields } from "../config/fields.js";
import { createRandom } from "../random.js";
import type { ClipReader } from "./clip-reader.js";
import { DataError } from "./entry.js";
import { listRecordings } from "./list-recordings.js";
import type { NoiseLevel } from "./mix-noise.js";
import { brokenNoise, type NoiseRecording } from "./noise-cache.js";
import { BrokenClip } from "./prepare-clip.js";

/** Noise that clips may be given. */
export interface Noise extends Pick<NoiseFields, "snr" | "probability"> {
  /** At least one, in the order of names. */
  readonly recordings: readonly NoiseRecording[];
}

/** The noise of one clip. */
export interface ClipNoise extends NoiseLevel {
  readonly recording: NoiseRecording;
}

/**
 * Paths of the recordings in a folder; none is opened.
 *
 * @throws DataError if there is no folder, or no recording in it
 */
export async function listNoise(folder: string): Promise<string[]> {
  const isFolder = await stat(folder).then((found) => found.isDirectory(), () => false); // prettier-ignore
  if (!isFolder)
    throw new DataError(
      folder,
      "does not exist, or is no folder; augment.recordings expects one with recordings of noise",
    );
  const paths = (await listRecordings(folder)).map((name) => join(folder, name));
  if (paths.length === 0)
    throw new DataError(
      folder,
      "holds no recordings; augment.recordings expects noise as WAV, FLAC, MP3 or the like",
    );
  return paths;
}

/**
 * Decodes every recording of a folder once, to know that it can be, and how long it is; none is kept.
 *
 * @throws DataError if there is no folder, no recording in it, or one that cannot be decoded
 */
export async function openNoise(
  { path: folder, snr, probability }: NoiseFields,
  reader: ClipReader,
  onProgress: (done: number, total: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Noise> {
  const paths = await listNoise(folder);
  const recordings: NoiseRecording[] = [];
  for (let i = 0; i < paths.length; i += reader.atOnce) {
    signal?.throwIfAborted();
    const some = paths.slice(i, i + reader.atOnce);
    recordings.push(...(await Promise.all(some.map((path) => measure(path, reader)))));
    onProgress(recordings.length, paths.length);
  }
  return { recordings, snr, probability };
}

async function measure(path: string, reader: ClipReader): Promise<NoiseRecording> {
  try {
    return { path, samples: (await reader.prepare({ source: path, name: basename(path) })).length };
  } catch (error) {
    throw error instanceof BrokenClip ? brokenNoise(path, error.message) : error;
  }
}

/**
 * The noise of a clip: always the same for the same seed, and drawn apart, so that all other changes of the clip are
 * those that it has without noise.
 *
 * @param seed of the clip's changes
 * @returns undefined for a clip that is left without
 */
export function drawNoise({ recordings, snr, probability }: Noise, seed: number): ClipNoise | undefined {
  const random = createRandom((seed ^ 0x6e6f6973) >>> 0); // any number that sets it apart from the seed's own
  if (random.uniform() >= probability) return undefined;
  const recording = recordings[random.below(recordings.length)]!; // below length
  return { recording, snr: snr[0] + (snr[1] - snr[0]) * random.uniform(), place: random.uniform() };
}
