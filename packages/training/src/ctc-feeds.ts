// What the inputs of `ctcGraph` are fed for a batch.
import { UNREACHABLE } from "@wav2vec/core";
import { canSkip, chainOf, checkTargets, framesNeeded, type CtcTargets } from "./ctc-targets.js";
import type { HostTensors } from "./trainer/gradient-step.js";

/** Tensors by input name, and what the graph cannot know. */
export interface CtcFeeds {
  readonly host: HostTensors;
  /** Rows with too few frames for their labels, or none: their loss is infinite, their gradient 0, as with torch's `zero_infinity`. */
  readonly impossible: readonly boolean[];
}

/** The class of states that fill shorter chains up. */
const NO_STATE = -1;

/**
 * @param weightOf what a row's gradient is multiplied with, above 0; default 1
 * @throws ShapeError if the sizes do not fit; LabelError if a label is the blank or no class
 */
export function ctcFeeds(
  batch: CtcTargets,
  blank: number,
  weightOf: (row: number) => number = () => 1,
): CtcFeeds {
  checkTargets(batch, blank);
  const { shape, frameCounts, targets } = batch;
  const [rows, frames] = shape;
  const chains = targets.map((target) => chainOf(target, blank));
  const states = Math.max(2, ...chains.map(({ length }) => length)); // a chain ends in one of two
  const classes = new Int32Array(rows * states).fill(NO_STATE);
  const skips = new Float32Array(rows * states).fill(UNREACHABLE);
  const skipsBack = new Float32Array(rows * states).fill(UNREACHABLE);
  const mirror = new Int32Array(rows * frames * states);
  for (let i = 0; i < mirror.length; i++) mirror[i] = i; // padding stays where it is
  const weights = new Float32Array(rows * frames);
  const impossible = targets.map((target, row) => frameCounts[row]! < Math.max(1, framesNeeded(target)));
  chains.forEach((chain, row) => {
    const last = chain.length - 1;
    const count = frameCounts[row]!;
    classes.set(chain, row * states);
    for (let s = 0; s <= last; s++) {
      if (!canSkip(chain, s)) continue;
      skips[row * states + s] = 0;
      skipsBack[row * states + last - (s - 2)] = 0; // from s back to s - 2
    }
    for (let t = 0; t < count; t++)
      for (let s = 0; s <= last; s++)
        mirror[(row * frames + t) * states + s] = (row * frames + count - 1 - t) * states + last - s;
    if (!impossible[row]) weights.fill(weightOf(row), row * frames, row * frames + count);
  });
  return {
    host: {
      "ctc.classes": { data: classes, shape: [rows, states] },
      "ctc.skips": { data: skips, shape: [rows, states] },
      "ctc.skipsBack": { data: skipsBack, shape: [rows, states] },
      "ctc.mirror": { data: mirror, shape: [rows, frames, states] },
      "ctc.weights": { data: weights, shape: [rows, frames] },
    },
    impossible,
  };
}
