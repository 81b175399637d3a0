// Counts what a reader had to leave out, to say so once instead of once per frame.

import type { DecodeReport, PcmBlock } from "./decoding.js";

/** A count of damaged pieces. */
export interface DamageCount {
  add(pieces: number): void;
  /** The line to warn with, or null when nothing was damaged. */
  summary(): string | null;
}

/** @param unit what is damaged, in the plural: `frames`, `packets` */
export function countDamage(unit: string): DamageCount {
  let damaged = 0;
  return {
    add: (pieces) => void (damaged += pieces),
    summary: () => (damaged === 0 ? null : `has damaged ${unit} (${damaged}); read the rest`),
  };
}

/** Passes blocks on and warns at their end if anything was damaged. */
export async function* warningOfDamage(
  blocks: AsyncIterable<PcmBlock>,
  damage: DamageCount,
  report: DecodeReport,
): AsyncGenerator<PcmBlock> {
  yield* blocks;
  const summary = damage.summary();
  if (summary) report.warn(summary);
}
