// Keeps mediabunny from searching a damaged file for ever.

import type { Source } from "mediabunny";

/** Reads between two packets; ordinary files need a handful, a search through 10 MB of junk some hundreds. */
const patience = 2 ** 19;

/** Counts the reads of a source and stops them when they lead nowhere. */
export interface BoundedSource {
  readonly source: Source;
  /** To be called when a packet came out: the count starts again. */
  progress(): void;
}

/**
 * Makes endless reading an error. In 1.61 the search for the next WebM element stands still eight bytes before the end
 * of what it searches, and never leaves the microtask queue, so that no timer could stop it. Every read passes through
 * the method `_read`, which is internal: should it be renamed, this guard is idle and the fuzz test hangs.
 */
export function boundedSource(source: Source): BoundedSource {
  const internals = source as unknown as { _read?: (...range: number[]) => unknown }; // as: not in the published types
  const read = internals._read?.bind(source);
  let reads = 0;
  if (read)
    internals._read = (...range) => {
      if (++reads > patience) throw new Error("its elements lead nowhere");
      return read(...range);
    };
  return { source, progress: () => void (reads = 0) };
}
