// Parts of a data set for cross-validation, such that no group (a speaker) is in two of them.
import type { Random } from "../random.js";

/**
 * The fold of each item. Groups go, largest first, to the fold that is smallest so far; equal ones in random order.
 *
 * @param groups of each item, such as its speaker
 * @returns numbers from 0 to `count` - 1
 * @throws RangeError if there are fewer groups than folds
 */
export function groupFolds(groups: readonly string[], count: number, random: Random): Int32Array {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  if (sizes.size < count)
    throw new RangeError(
      `folds: ${sizes.size} groups cannot make ${count} folds; ask for at most ${sizes.size}`,
    );
  const names = [...sizes.keys()].sort();
  const shuffled = Array.from(random.choose(names.length, names.length), (i) => names[i]!); // i < length
  const filled = new Array<number>(count).fill(0);
  const foldOf = new Map<string, number>();
  for (const name of shuffled.sort((a, b) => sizes.get(b)! - sizes.get(a)!)) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold]! += sizes.get(name)!; // counted above
    foldOf.set(name, fold);
  }
  return Int32Array.from(groups, (group) => foldOf.get(group)!); // every group has one
}
