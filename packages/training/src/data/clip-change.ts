// What becomes of a recording in one epoch: decided by a seed, done wherever the recording is decoded.
import type { NoiseFields } from "../config/fields.js";
import type { Augmentation } from "./augment.js";
import type { ClipReader } from "./clip-reader.js";
import { drawNoise, openNoise, type ClipNoise } from "./noise-recordings.js";

/** A change to one recording that is always the same for the same seed. */
export interface ClipChange {
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** Mixed in last. */
  readonly noise?: ClipNoise;
}

/** The change of a recording by its seed; undefined where nothing is to be changed. */
export type ChangeOf = (seed: number) => ClipChange | undefined;

/**
 * Changes as a configuration has them. Recordings of noise are checked now, and decoded again where they are wanted.
 *
 * @throws DataError if noise is asked for that cannot be had
 */
export async function openChanges(
  { recordings, ...augmentation }: Augmentation & { readonly recordings?: NoiseFields | undefined },
  reader: ClipReader,
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<ChangeOf> {
  const noise = recordings && (await openNoise(recordings, reader, onProgress, signal));
  const isChanged = Object.values(augmentation).some((value) => value !== undefined);
  return (seed) => {
    const own = noise && drawNoise(noise, seed);
    return isChanged || own ? { augmentation, seed, ...(own && { noise: own }) } : undefined;
  };
}
