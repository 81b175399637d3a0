// Which clips go together: neighbours in length, within a budget of seconds, in an order that the seed decides.
import type { Random } from "../random.js";

/** How clips are grouped. */
export interface BatchOptions {
  /** Audio of one batch, padding included; a longer clip is a batch alone. */
  readonly seconds: number;
  /** Most clips of one batch; default no limit. */
  readonly clips?: number | undefined;
  /** Parts that a batch is cut into: they are of as many clips where there are that many. Default 1. */
  readonly replicas?: number;
}

/** What is grouped: `samples` at 16 kHz. */
type Sized = readonly { readonly samples: number }[];
const SAMPLE_RATE = 16_000; // Hz

/**
 * Batches of one pass over the data, as indices. Clips of about equal length (each length counts up to 10 % more or
 * less, at random) go together, so that little is padding and no two epochs have the same batches.
 */
export function epochBatches(clips: Sized, options: BatchOptions, random: Random): Int32Array[] {
  const keys = Float64Array.from(clips, ({ samples }) => samples * (0.9 + 0.2 * random.uniform()));
  const batches = cut(clips, sortedBy(keys), options);
  return Array.from(random.choose(batches.length, batches.length), (i) => batches[i]!);
}

/** Batches for evaluation: by length, always the same. */
export function orderedBatches(clips: Sized, options: BatchOptions): Int32Array[] {
  return cut(clips, sortedBy(Float64Array.from(clips, ({ samples }) => samples)), options);
}

function sortedBy(keys: Float64Array): Int32Array {
  return Int32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

function cut(
  all: Sized,
  order: Int32Array,
  { seconds, clips = Infinity, replicas = 1 }: BatchOptions,
): Int32Array[] {
  const room = seconds * SAMPLE_RATE;
  const lengthAt = (i: number) => all[order[i]!]!.samples; // order is of all
  const batches: Int32Array[] = [];
  let start = 0;
  let longest = 0; // from start on
  for (let i = 0; i < order.length; i++) {
    longest = Math.max(longest, lengthAt(i));
    for (
      let count = i - start;
      count > 0 && (longest * (count + 1) > room || count === clips);
      count = i - start
    ) {
      const end = count > replicas ? i - (count % replicas) : i;
      batches.push(order.slice(start, end));
      start = end;
      longest = 0;
      for (let k = start; k <= i; k++) longest = Math.max(longest, lengthAt(k));
    }
  }
  if (start < order.length) batches.push(order.slice(start));
  return batches;
}
