// A reader that decodes each recording once, for runs over the same data: folds, and one encoder after another.
import { clipReader, type ClipReader } from "../data/clip-reader.js";

/** @param bytes of samples that are kept; what comes later is decoded each time */
export function keptRecordings(workers: number, bytes: number): ClipReader {
  const reader = clipReader(workers);
  const kept = new Map<string, Float32Array>();
  let free = bytes;
  return {
    atOnce: reader.atOnce,
    async prepare(task) {
      const { source, change } = task;
      if (typeof source !== "string" || change) return reader.prepare(task);
      const own = kept.get(source);
      if (own) return own;
      const samples = await reader.prepare(task);
      if (samples.byteLength <= free) {
        free -= samples.byteLength;
        kept.set(source, samples);
      }
      return samples;
    },
    close: () => reader.close(),
  };
}
