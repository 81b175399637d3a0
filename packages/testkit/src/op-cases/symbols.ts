// Lengths that are known only when a case runs.
import { symbol } from "@wav2vec/core";

export const batch = symbol("batch");
export const time = symbol("time");

/** Two lengths for one compiled program. */
export const twoLengths = [
  { batch: 2, time: 13 },
  { batch: 3, time: 20 },
];
