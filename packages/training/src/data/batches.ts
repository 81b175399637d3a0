// Which clips go together: neighbours in length, within a budget of seconds, in an order that the seed decides.
import type { Random } from "../random.js";

/** How clips are grouped. */
export interface BatchOptions {
  /** Samples of one batch, padding included; a longer clip is a batch alone. */
  readonly samples: number;
  /** Most clips of one batch; default no limit. */
  readonly clips?: number | undefined;
}

/**
 * Batches of one pass over the data, as indices. Clips of about equal length (each length counts up to 10 % more or
 * less, at random) go together, so that little is padding and no two epochs have the same batches.
 *
 * @param lengths samples of each clip
 */
export function epochBatches(
  lengths: ArrayLike<number>,
  options: BatchOptions,
  random: Random,
): Int32Array[] {
  const keys = Float64Array.from(lengths, (length) => length * (0.9 + 0.2 * random.uniform()));
  const batches = cut(lengths, sortedBy(keys), options);
  return Array.from(random.choose(batches.length, batches.length), (i) => batches[i]!);
}

/** Batches for evaluation: by length, always the same. */
export function orderedBatches(lengths: ArrayLike<number>, options: BatchOptions): Int32Array[] {
  return cut(lengths, sortedBy(Float64Array.from(lengths)), options);
}

function sortedBy(keys: Float64Array): Int32Array {
  return Int32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

function cut(
  lengths: ArrayLike<number>,
  order: Int32Array,
  { samples, clips = Infinity }: BatchOptions,
): Int32Array[] {
  const batches: Int32Array[] = [];
  let start = 0;
  let longest = 0;
  for (let i = 0; i <= order.length; i++) {
    const length = i < order.length ? lengths[order[i]!]! : Infinity;
    const widest = Math.max(longest, length);
    const count = i - start;
    if (count > 0 && (widest * (count + 1) > samples || count === clips)) {
      batches.push(order.slice(start, i));
      start = i;
      longest = length;
    } else longest = widest;
  }
  return batches;
}
