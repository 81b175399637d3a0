// How sure a measure is: bootstrap intervals over items, or over groups of items such as speakers.
import { MetricsError } from "./metrics-error.js";

/** A measure and the limits that it lies within at the given confidence. */
export interface MeasuredInterval {
  /** The measure of the items as they are. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How items are drawn again. */
export interface BootstrapOptions<Item> {
  /** What items belong together, e.g. their speaker: whole groups are drawn. Default: each item alone. */
  readonly groupOf?: (item: Item) => string;
  /** How often all items are drawn. Default 1000. */
  readonly draws?: number;
  /** Share of draws inside the interval. Default 0.95. */
  readonly confidence?: number;
  /** The same seed gives the same interval. Default 1. */
  readonly seed?: number;
}

/**
 * The percentile interval of any measure when items, or groups, are drawn again with replacement. Items of one speaker
 * are alike: with several a speaker, an interval over items is too narrow, so name the group.
 *
 * @param measure of a list of items, e.g. `(trials) => equalErrorRate(trials).rate`. Draws for which it throws a
 *   MetricsError, e.g. for want of targets, or gives NaN are left out
 * @throws MetricsError without items, for options out of range, or if the measure exists for less than half the draws
 * @see Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapters 8 and 13
 */
export function bootstrapInterval<Item>(
  items: readonly Item[],
  measure: (items: readonly Item[]) => number,
  { groupOf, draws = 1000, confidence = 0.95, seed = 1 }: BootstrapOptions<Item> = {},
): MeasuredInterval {
  if (items.length === 0) throw new MetricsError("bootstrapInterval: no items; expected at least one");
  if (!(confidence > 0 && confidence < 1)) {
    throw new MetricsError(
      `bootstrapInterval: confidence is ${confidence}; expected between 0 and 1, e.g. 0.95`,
    );
  }
  if (!(Number.isInteger(draws) && draws > 0))
    throw new MetricsError(`bootstrapInterval: draws is ${draws}; expected a whole number above 0`);

  const groups = groupsOf(items, groupOf);
  const random = randomIntegers(seed, groups.length);
  const values = Array.from({ length: draws }, () =>
    measureOrNaN(
      measure,
      groups.flatMap(() => groups[random()]!),
    ),
  )
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  if (values.length * 2 < draws) {
    throw new MetricsError(
      `bootstrapInterval: the measure exists for ${values.length} of ${draws} draws; expected at least half; there are too few items or groups`,
    );
  }
  return {
    value: measure(items),
    low: percentile(values, (1 - confidence) / 2),
    high: percentile(values, (1 + confidence) / 2),
  };
}

function groupsOf<Item>(items: readonly Item[], groupOf: ((item: Item) => string) | undefined): Item[][] {
  if (!groupOf) return items.map((item) => [item]);
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = groupOf(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return [...groups.values()];
}

function measureOrNaN<Item>(measure: (items: readonly Item[]) => number, items: readonly Item[]): number {
  try {
    return measure(items);
  } catch (error) {
    if (error instanceof MetricsError) return NaN;
    throw error;
  }
}

/** Between two values on the line that joins them, as numpy does. */
function percentile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (at - Math.floor(at)) * (high - low);
}

/** Whole numbers below `limit` from a 32-bit counter mixed well enough for sampling (splitmix32). */
function randomIntegers(seed: number, limit: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * limit);
  };
}
