// The text side of an alignment: symbol ids checked and laid out in the columns of a lattice.
import { AlignError } from "./align-error.js";

/** In place of a symbol id: anything may be said here, for at least one frame. */
export const STAR = -1;

/**
 * What a frame of a star costs.
 * - `best`: the frame's highest log-probability. A star swallows speech and silence at no loss, and never looks
 *   better than the symbols it swallows, so its neighbours keep their frames.
 * - `best-symbol`: the highest but for the blank. A star wants speech; in silence it is dear.
 * - `certain`: 0, as torchaudio's MMS aligner has it. Neighbours shrink to their surest frames.
 */
export type StarPolicy = "best" | "best-symbol" | "certain";

/** A stretch of text that may have been left out. */
export interface OptionalText {
  /** First target of the stretch. */
  readonly from: number;
  /** Target after the last. */
  readonly to: number;
  /** Log-probability of leaving it out, at most 0: lower keeps text that was said unclearly. */
  readonly logProb: number;
}

/** Checked targets: which distinct symbols they use, and which of them each column has. */
export interface TargetLayout {
  readonly length: number;
  /** Distinct ids in order of appearance; STAR among them if it is used. */
  readonly symbols: readonly number[];
  /** [length] index into `symbols`. */
  readonly order: Int32Array;
  /** Equal neighbours; each needs a blank between. */
  readonly repeats: number;
  readonly optional: readonly OptionalText[];
}

/**
 * Checks the ids of a text against the vocabulary and the frames there are.
 *
 * @throws AlignError if an id is the blank or outside the vocabulary, or if the frames are too few
 */
export function layOutTargets(
  targets: ArrayLike<number>,
  { frames, symbols, blank }: { readonly frames: number; readonly symbols: number; readonly blank: number },
  optional: readonly OptionalText[] = [],
): TargetLayout {
  if (!(Number.isInteger(blank) && blank >= 0 && blank < symbols)) {
    throw new AlignError("bad-targets", `blank is ${blank}; expected an id from 0 to ${symbols - 1}`);
  }
  const ids = new Map<number, number>();
  const order = new Int32Array(targets.length);
  let repeats = 0;
  for (let i = 0; i < targets.length; i++) {
    const id = targets[i]!;
    if (id === blank) {
      throw new AlignError(
        "bad-targets",
        `target ${i} is the blank, ${blank}; the aligner puts blanks in itself; leave it out`,
      );
    }
    if (id !== STAR && !(Number.isInteger(id) && id >= 0 && id < symbols)) {
      throw new AlignError(
        "bad-targets",
        `target ${i} is ${id}; expected an id from 0 to ${symbols - 1}, or STAR (-1)`,
      );
    }
    if (!ids.has(id)) ids.set(id, ids.size);
    order[i] = ids.get(id)!;
    if (i > 0 && targets[i - 1] === id) repeats++;
  }
  requireStretches(optional, targets.length);
  if (optional.length === 0 && frames < targets.length + repeats) {
    const needed = `${targets.length} symbols${repeats ? ` and ${repeats} blanks between equal neighbours` : ""}`;
    throw new AlignError(
      "too-short",
      `${frames} frames for ${needed}; expected at least one frame for each; is the text too long for the audio?`,
    );
  }
  return { length: targets.length, symbols: [...ids.keys()], order, repeats, optional };
}

function requireStretches(optional: readonly OptionalText[], length: number): void {
  optional.forEach(({ from, to, logProb }, i) => {
    const earliest = optional[i - 1]?.to ?? 0;
    if (
      from >= earliest &&
      to > from &&
      to <= length &&
      logProb <= 0 &&
      Number.isInteger(from) &&
      Number.isInteger(to)
    )
      return;
    const got = `optional stretch ${i} is targets ${from} to ${to} at log-probability ${logProb}`;
    throw new AlignError(
      "bad-targets",
      `${got}; expected stretches in order within 0 to ${length}, and at most 0`,
    );
  });
}
