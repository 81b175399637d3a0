// What every alignment must fulfil, checked by means other than the aligner's; for tests only.
import type { Emissions } from "../ctc/emissions.js";

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
