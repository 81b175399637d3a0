// Decodes and changes recordings, on threads of their own so that training does not wait for it.
import Tinypool from "tinypool";
import { WORKER_FLAGS } from "../run/worker-flags.js";
import type { ClipAnswer } from "./clip-worker.js";
import { DataError } from "./entry.js";
import { noiseCache } from "./noise-cache.js";
import { BrokenClip, prepareClip, type ClipTask } from "./prepare-clip.js";

/** Gives the same samples whatever the number of threads. */
export interface ClipReader {
  /** Tasks that are worth having under way at once. */
  readonly atOnce: number;
  /** @throws BrokenClip if the file cannot be decoded, or is not as long as expected; DataError if noise cannot be had */
  prepare(task: ClipTask): Promise<Float32Array>;
  /** Ends the threads. */
  close(): Promise<void>;
}

const WORKER = new URL(WORKER_FLAGS ? "./clip-worker.ts" : "./clip-worker.js", import.meta.url).href;

/** Tasks given to a thread in advance: it must go on by itself while the thread that trains computes a step. */
const AHEAD = 64;

/** @param threads worker threads; 0 works on the thread of the caller */
export function clipReader(threads: number): ClipReader {
  if (threads === 0) {
    const noise = noiseCache();
    // Four, because reading of one file overlaps decoding of another.
    return { atOnce: 4, prepare: (task) => prepareClip(task, noise), close: () => Promise.resolve() };
  }
  const pool = new Tinypool({
    filename: WORKER,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: AHEAD,
    isolateWorkers: false,
    ...(WORKER_FLAGS && { execArgv: WORKER_FLAGS }),
  });
  return {
    atOnce: 2 * threads,
    async prepare(task) {
      const answer = (await pool.run(task)) as ClipAnswer; // what clip-worker.ts gives
      if (!("broken" in answer)) return answer;
      throw answer.file === undefined
        ? new BrokenClip(answer.broken)
        : new DataError(answer.file, answer.broken);
    },
    close: () => pool.destroy(),
  };
}
