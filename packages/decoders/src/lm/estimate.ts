// Estimates n-gram models from text: interpolated modified Kneser–Ney smoothing, with pruning.
import { forEachAdjusted } from "./adjusted-counts.js";
import { LanguageModelError } from "./model.js";
import { NgramRuns, type RunStore } from "./ngram-runs.js";
import { NgramTable } from "./ngram-table.js";
import { TupleTable } from "./tuple-table.js";
import { WordTable } from "./word-table.js";

const [UNKNOWN, BEGIN, END] = [0, 1, 2] as const;
/** Discounts for data too small or too odd to estimate them, as lmplz's `--discount_fallback`. */
const FALLBACK: Discounts = [0.5, 1, 1.5];

/** What to take from counts 1, 2, and 3 or more. */
export type Discounts = readonly [number, number, number];

/** How to estimate. */
export interface EstimateOptions {
  /** Length of the longest n-grams, 1 to 8. */
  readonly order: number;
  /** For each order, n-grams that occur so often or less are left out; the last one goes for higher orders too. Default none. */
  readonly prune?: readonly number[];
  /** Give every known word a share of the unseen mass, not only the unknown word; default true. */
  readonly interpolateUnigrams?: boolean;
  /** Use the discounts 0.5, 1, 1.5 where they cannot be estimated, instead of refusing; default false. */
  readonly fallbackDiscounts?: boolean;
  /** N-grams of the highest order counted in memory; default 8 million, which takes about 40 bytes each. */
  readonly largestSize?: number;
  /** Where counts go beyond that. */
  readonly store?: RunStore;
}

/** A model and what it was made of. */
export interface Estimate {
  readonly model: NgramTable;
  readonly sentences: number;
  readonly tokens: number;
  /** For each order: n-grams kept, n-grams seen, discounts. */
  readonly orders: readonly {
    readonly ngrams: number;
    readonly seen: number;
    readonly discounts: Discounts;
  }[];
}

/** The kept n-grams of one order, numbered, and what their continuations add up to. */
interface Level {
  readonly table: TupleTable;
  readonly adjusted: number[];
  probability: Float64Array;
  // as histories of the next order: sum of counts, numbers of kept continuations by count, sum of counts left out
  total: Float64Array;
  classes: Float64Array;
  pruned: Float64Array;
}

/**
 * Estimates a model.
 *
 * @param sentences one sentence a string; words are separated by white space
 * @throws LanguageModelError if there is no word, a sentence holds `<s>`, `</s>` or `<unk>`, or discounts cannot be estimated
 * @see Chen and Goodman 1998, equations 22–26; Heafield et al. 2013
 */
export async function estimateNgrams(
  sentences: AsyncIterable<string> | Iterable<string>,
  options: EstimateOptions,
): Promise<Estimate> {
  const { order, prune = [], store, largestSize = 8_000_000 } = options;
  const fail = (detail: string, line = 0): never => {
    throw new LanguageModelError("estimate", detail, line);
  };
  if (!Number.isInteger(order) || order < 1 || order > 8) fail(`order ${order}; expected 1 to 8`);
  const thresholds = Array.from({ length: order }, (_, i) => prune[Math.min(i, prune.length - 1)] ?? 0);
  if (thresholds[0] !== 0)
    fail(`pruning threshold ${thresholds[0]} for single words; expected 0, every word is kept`);
  thresholds.forEach((threshold, i) => {
    if (!(threshold >= (thresholds[i - 1] ?? 0)))
      fail(`pruning thresholds ${thresholds.join(", ")}; expected none below the one before`);
  });

  const ids = new Map<string, number>([
    ["<unk>", UNKNOWN],
    ["<s>", BEGIN],
    ["</s>", END],
  ]);
  const runs = new NgramRuns(order, largestSize, store);
  let [lines, tokens] = [0, 0];
  for await (const sentence of sentences) {
    lines += 1;
    const words: number[] = [];
    for (const word of sentence.split(/[\0\t\n\r ]+/)) {
      if (word === "") continue;
      let id = ids.get(word);
      if (id === undefined) ids.set(word, (id = ids.size));
      else if (id <= END) fail(`the text holds ${word}; expected plain words; remove the markers`, lines);
      words.push(id);
    }
    tokens += words.length;
    words.push(END);
    await runs.add(words);
  }
  if (tokens === 0) fail("the text has no words");
  try {
    const counted = await countLevels(runs, thresholds);
    const discounts = counted.counts.map((counts, i) =>
      discountsOf(counts, i + 1, options.fallbackDiscounts === true),
    );
    const model = makeModel(
      counted.levels,
      discounts,
      [...ids.keys()],
      options.interpolateUnigrams !== false,
    );
    const orders = counted.levels.map(({ table }, i) => ({
      ngrams: table.size,
      seen: counted.seen[i]!,
      discounts: discounts[i]!,
    }));
    return { model, sentences: lines, tokens, orders };
  } finally {
    await runs.dispose();
  }
}

async function countLevels(runs: NgramRuns, thresholds: readonly number[]) {
  const { order } = runs;
  const levels = thresholds.map((_, i): Level => ({
    table: new TupleTable(i + 1),
    adjusted: [],
    probability: new Float64Array(0),
    total: new Float64Array(0),
    classes: new Float64Array(0),
    pruned: new Float64Array(0),
  }));
  for (const special of [UNKNOWN, BEGIN]) {
    levels[0]!.table.intern(Int32Array.of(special), 0);
    levels[0]!.adjusted.push(0);
  }
  /** [order][count 1 … 4] how many n-grams have that adjusted count */
  const counts = thresholds.map(() => new Float64Array(5));
  const seen = thresholds.map((_, i) => (i === 0 ? 2 : 0));
  await forEachAdjusted(runs, (words, adjusted, count, isLast) => {
    const level = words.length - 1;
    if (level === 0 && words[0] === BEGIN) return;
    seen[level]! += 1;
    // lmplz takes the last n-gram of each order by its occurrences; done alike, so that small models agree
    const counted = isLast ? count : adjusted;
    if (counted < 5) counts[level]![counted]! += 1;
    if (count > thresholds[level]!) {
      levels[level]!.table.intern(words, 0);
      levels[level]!.adjusted.push(adjusted);
    }
  });
  for (const level of levels) {
    level.probability = new Float64Array(level.table.size);
    level.total = new Float64Array(level.table.size);
    level.classes = new Float64Array(level.table.size * 3);
    level.pruned = new Float64Array(level.table.size);
  }
  if (order > 1) {
    await forEachAdjusted(runs, (words, adjusted, count) => {
      if (words.length === 1) return;
      const history = levels[words.length - 2]!;
      const id = history.table.find(words, 0);
      if (id < 0) return;
      history.total[id]! += adjusted;
      if (count > thresholds[words.length - 1]!) history.classes[id * 3 + Math.min(adjusted, 3) - 1]! += 1;
      else history.pruned[id]! += adjusted;
    });
  }
  return { levels, counts, seen };
}

// D_k = k − (k + 1) · Y · n_{k+1} / n_k with Y = n_1 / (n_1 + 2 n_2)
function discountsOf(counts: Float64Array, order: number, hasFallback: boolean): Discounts {
  const ratio = counts[1]! / (counts[1]! + 2 * counts[2]!);
  const discounts = [1, 2, 3].map((k) => k - ((k + 1) * ratio * counts[k + 1]!) / counts[k]!);
  const missing = [1, 2, 3].find((k) => counts[k] === 0);
  const odd = discounts.findIndex((discount, i) => !(discount >= 0 && discount <= i + 1));
  if (missing === undefined && odd < 0) return [discounts[0]!, discounts[1]!, discounts[2]!];
  if (hasFallback) return FALLBACK;
  const reason =
    missing !== undefined
      ? `no ${order}-gram has the adjusted count ${missing}`
      : `the discount of ${order}-grams with count ${odd + 1} is ${discounts[odd]}`;
  throw new LanguageModelError(
    "estimate",
    `${reason}; the text is too small or has too many repetitions; give more text, or allow fallback discounts`,
  );
}

function makeModel(
  levels: readonly Level[],
  discounts: readonly Discounts[],
  spellings: readonly string[],
  interpolateUnigrams: boolean,
): NgramTable {
  const words = new WordTable(spellings.length);
  const encoder = new TextEncoder();
  for (const spelling of spellings) {
    const bytes = encoder.encode(spelling);
    words.add(bytes, 0, bytes.length);
  }
  words.trim();
  const table = new NgramTable(
    NgramTable.allocate(words, [spellings.length, ...levels.slice(1).map((level) => level.table.size)]),
  );
  const discounted = (count: number, level: number) => count - discounts[level]![Math.min(count, 3) - 1]!;
  const share = (level: Level, id: number, order: number) => {
    let mass = level.pruned[id]!;
    for (let k = 0; k < 3; k++) mass += discounts[order]![k]! * level.classes[id * 3 + k]!;
    return mass / level.total[id]!;
  };
  // back-off of a kept n-gram: what is left for its continuations, 1 where it has none
  const backoffOf = (level: number, id: number, lastWord: number) => {
    const isHistory =
      level < levels.length - 1 && lastWord !== UNKNOWN && lastWord !== END && levels[level]!.total[id]! > 0;
    return isHistory ? share(levels[level]!, id, level + 1) : 1;
  };

  const unigrams = levels[0]!;
  const total = unigrams.adjusted.reduce((sum, count) => sum + count, 0);
  const unseen =
    unigrams.adjusted.reduce(
      (sum, count) => sum + (count > 0 ? discounts[0]![Math.min(count, 3) - 1]! : 0),
      0,
    ) / total;
  const uniform = 1 / (spellings.length - 1); // <s> is never predicted
  for (let id = 0; id < unigrams.table.size; id++) {
    const word = unigrams.table.tuples[id]!;
    const count = unigrams.adjusted[id]!;
    let probability = count > 0 ? discounted(count, 0) / total : 0;
    if (interpolateUnigrams) probability += unseen * uniform;
    else if (word === UNKNOWN) probability = unseen;
    if (word === BEGIN) probability = 1;
    unigrams.probability[id] = probability;
    table.setUnigram(word, logOf(probability), Math.log10(backoffOf(0, id, word)));
  }
  for (let level = 1; level < levels.length; level++) {
    const { table: ngrams, adjusted, probability } = levels[level]!;
    const lower = levels[level - 1]!;
    for (let id = 0; id < ngrams.size; id++) {
      const at = id * (level + 1);
      const history = lower.table.find(ngrams.tuples, at);
      const suffix = lower.table.find(ngrams.tuples, at + 1);
      const own = discounted(adjusted[id]!, level) / lower.total[history]!;
      probability[id] = own + share(lower, history, level) * lower.probability[suffix]!;
      const word = ngrams.tuples[at + level]!;
      let node = 1 + ngrams.tuples[at]!;
      for (let i = 1; i < level; i++) node = table.child(i + 1, node, ngrams.tuples[at + i]!);
      table.add(level + 1, node, word, logOf(probability[id]!), Math.log10(backoffOf(level, id, word)));
    }
  }
  return table.finish(BEGIN, END);
}

function logOf(probability: number): number {
  return Math.min(0, Math.log10(probability));
}
