// Kneser–Ney's adjusted counts of every order, from n-grams of the highest order in suffix order.
import { BEGIN, type NgramRuns } from "./ngram-runs.js";

/**
 * Visits each n-gram of each order once.
 *
 * Below the highest order an n-gram counts how many different words precede it, unless it begins with `<s>`, before
 * which nothing can stand: then, as in the highest order, how often it occurs.
 *
 * @param visit words (reused between calls), adjusted count, how often the n-gram occurs, whether it is the last of its order
 * @see Heafield et al. 2013, "Scalable Modified Kneser-Ney Language Model Estimation", §3.2
 */
export async function forEachAdjusted(
  runs: NgramRuns,
  visit: (words: Int32Array, adjusted: number, count: number, isLast: boolean) => void,
): Promise<void> {
  const { order } = runs;
  // of each order below the highest: the n-gram whose predecessors are being counted
  const open = Array.from({ length: order - 1 }, () => ({ adjusted: 0, count: 0, isOpen: false }));
  const last = new Int32Array(order);
  const close = (from: number, isLast: boolean) => {
    for (let length = order - 1; length >= from; length--) {
      const ngram = open[length - 1]!;
      if (ngram.isOpen) visit(last.subarray(order - length), ngram.adjusted, ngram.count, isLast);
      ngram.isOpen = false;
    }
  };
  await runs.forEach((words, count) => {
    let same = 0;
    while (
      same < order &&
      words[order - 1 - same] === last[order - 1 - same] &&
      (same === 0 || open[same - 1]?.isOpen === true)
    )
      same += 1;
    if (open[0]?.isOpen !== true) same = 0;
    close(same + 1, false);
    last.set(words);
    // the longest suffix that stands for something: <s> only as its first word
    let length = order;
    while (length > 1 && words[order - length + 1] === BEGIN) length -= 1;
    for (let k = 1; k < order; k++) {
      const ngram = open[k - 1]!;
      if (k > length) break;
      if (ngram.isOpen) {
        ngram.count += count;
        if (k === same) ngram.adjusted += 1;
      } else Object.assign(ngram, { isOpen: true, count, adjusted: k === length ? count : 1 });
    }
    if (length === order) visit(words, count, count, false);
  });
  close(1, true);
}
