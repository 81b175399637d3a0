// What runs on the threads of `clipReader`. What is broken is an answer, because a thread boundary drops an error's class.
import Tinypool from "tinypool";
import { DataError } from "./entry.js";
import { noiseCache } from "./noise-cache.js";
import { BrokenClip, prepareClip, type ClipTask } from "./prepare-clip.js";

/** Samples, or why there are none: of the clip, or of the noise in a file. */
export type ClipAnswer = Float32Array | { readonly broken: string; readonly file?: string };

const noise = noiseCache(); // a module's own, because a thread calls nothing of this module but `work`

export default async function work(task: ClipTask): Promise<ClipAnswer> {
  try {
    return Tinypool.move(await prepareClip(task, noise)) as unknown as Float32Array; // arrives as what was moved
  } catch (error) {
    if (error instanceof BrokenClip) return { broken: error.message };
    if (error instanceof DataError) return { broken: error.detail, file: error.file };
    throw error;
  }
}
