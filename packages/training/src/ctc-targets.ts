// What a batch of logits should spell, and the chain of states that CTC makes of it.
import { ShapeError } from "@wav2vec/core";
import { LabelError } from "./errors.js";

/** A batch of label sequences for logits of a shape. */
export interface CtcTargets {
  readonly shape: readonly [batch: number, frames: number, classes: number];
  /** Valid frames of each row; the rest is padding and gets no gradient. */
  readonly frameCounts: ArrayLike<number>;
  /** Labels of each row, without blanks. */
  readonly targets: readonly ArrayLike<number>[];
}

/** @throws ShapeError if the sizes do not fit; LabelError if a label is the blank or no class */
export function checkTargets({ shape, frameCounts, targets }: CtcTargets, blank: number): void {
  const [rows, frames, classes] = shape;
  if (frameCounts.length !== rows || targets.length !== rows) {
    throw new ShapeError(
      `ctc: got ${frameCounts.length} frame counts and ${targets.length} targets for ${rows} rows of logits`,
    );
  }
  for (let row = 0; row < rows; row++) {
    const count = frameCounts[row]!;
    if (!(Number.isInteger(count) && count >= 0 && count <= frames)) {
      throw new ShapeError(`ctc: row ${row} has ${count} frames; expected 0 to ${frames}`);
    }
    for (const label of Array.from(targets[row]!)) {
      if (Number.isInteger(label) && label >= 0 && label < classes && label !== blank) continue;
      const wrong = label === blank ? "which is the blank" : `and there are ${classes} classes`;
      throw new LabelError(row, label, `ctc: row ${row} has label ${label}, ${wrong}; check the vocabulary`);
    }
  }
}

/** The class of each state: blank, label, blank, label, …, blank. */
export function chainOf(target: ArrayLike<number>, blank: number): Int32Array {
  return Int32Array.from({ length: 2 * target.length + 1 }, (_, s) =>
    s % 2 === 0 ? blank : target[(s - 1) / 2]!,
  );
}

/** Whether state `s` of a chain may follow state s - 2: it is a label, and not the same one. */
export function canSkip(chain: ArrayLike<number>, s: number): boolean {
  return s % 2 === 1 && s >= 3 && chain[s] !== chain[s - 2];
}

/** Frames that a chain needs at least: one a label, and a blank between equal ones. */
export function framesNeeded(target: ArrayLike<number>): number {
  let needed = target.length;
  for (let i = 1; i < target.length; i++) if (target[i] === target[i - 1]) needed++;
  return needed;
}
