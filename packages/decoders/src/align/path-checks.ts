// What every alignment must fulfil, checked by means other than the aligner's; for tests only.
import type { Emissions } from "../ctc/emissions.js";
import type { OptionalText } from "./targets.js";

/** The targets a path spells: runs of the same target count once, so equal neighbours must be different targets. */
export function spelledBy(path: Int32Array, targets: readonly number[]): number[] {
  const spelled: number[] = [];
  path.forEach((target, frame) => {
    const last = frame > 0 ? path[frame - 1]! : -1;
    if (target < 0 || target === last) return;
    if (last >= 0 && targets[last] === targets[target])
      throw new Error(`no blank between equal symbols at ${frame}`);
    spelled.push(targets[target]!);
  });
  return spelled;
}

/** All labellings of tiny log-probabilities: the symbol at every frame of every path that spells `targets`. */
export function* pathsOf(
  { frames, symbols }: Emissions,
  targets: readonly number[],
  blank: number,
): Generator<number[]> {
  for (let code = 0; code < symbols ** frames; code++) {
    const path = Array.from({ length: frames }, (_, frame) => Math.floor(code / symbols ** frame) % symbols);
    const spelled = path.filter((id, i) => id !== blank && id !== path[i - 1]);
    if (spelled.length === targets.length && spelled.every((id, i) => id === targets[i])) yield path;
  }
}

/** Total log-probability of the symbols of a path. */
export const scoreOfPath = ({ data, symbols }: Emissions, path: readonly number[]): number =>
  path.reduce((sum, id, frame) => sum + data[frame * symbols + id]!, 0);

/**
 * The best total over all paths and all choices of text to leave out, by the recursion written down plainly over
 * states 2i (blank before target i) and 2i + 1 (target i).
 */
export function bestScore(
  { data, frames, symbols }: Emissions,
  targets: readonly number[],
  optional: readonly OptionalText[] = [],
): number {
  let states = Array.from({ length: 2 * targets.length + 1 }, (_, s) => (s === 0 ? 0 : -Infinity));
  for (let frame = 0; frame < frames; frame++) {
    states = states.map((stay, s) => {
      const id = s % 2 ? targets[(s - 1) / 2]! : 0;
      const skips = s % 2 === 1 && s > 1 && targets[(s - 3) / 2] !== id;
      const step = states[s - 1] ?? -Infinity;
      return Math.max(stay, step, skips ? states[s - 2]! : -Infinity) + data[frame * symbols + id]!;
    });
    for (const { from, to, logProb } of optional)
      states[2 * to] = Math.max(states[2 * to]!, states[2 * from]! + logProb);
  }
  return Math.max(states.at(-1)!, states.at(-2) ?? -Infinity);
}
