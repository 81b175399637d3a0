// Looks for values that no trained model has: NaN and infinity.
import type { Weights } from "@wav2vec/core";
import { isFloatDType } from "./files/element-types.js";
import { weightOf } from "./layouts/weight-norm.js";

/** Not-a-numbers and infinities of one weight. */
export interface WeightFinding {
  readonly key: string;
  readonly nanCount: number;
  readonly infinityCount: number;
}

/**
 * Reads every stored weight once, one at a time.
 *
 * @param weights of a checkpoint; of the spellings of a weight norm, the folded one is read, which shows flaws of both parts
 * @returns the weights with NaN or infinite values; empty if all is well
 */
export async function inspectWeights({ weights }: { readonly weights: Weights }): Promise<WeightFinding[]> {
  const findings: WeightFinding[] = [];
  for (const [key, handle] of weights) {
    if (!isFloatDType(handle.dtype) || weightOf(key, weights) !== key) continue;
    let nanCount = 0;
    let infinityCount = 0;
    for (const value of await handle.read()) {
      if (Number.isNaN(value)) nanCount++;
      else if (!Number.isFinite(value)) infinityCount++;
    }
    if (nanCount + infinityCount > 0) findings.push({ key, nanCount, infinityCount });
  }
  return findings;
}
