// What runs on the threads of `clipReader`. A broken clip is an answer, because a thread boundary drops an error's class.
import Tinypool from "tinypool";
import { BrokenClip, prepareClip, type ClipTask } from "./prepare-clip.js";

/** Samples, or why there are none. */
export type ClipAnswer = Float32Array | { readonly broken: string };

export default async function work(task: ClipTask): Promise<ClipAnswer> {
  try {
    return Tinypool.move(await prepareClip(task)) as unknown as Float32Array; // arrives as what was moved
  } catch (error) {
    if (error instanceof BrokenClip) return { broken: error.message };
    throw error;
  }
}
