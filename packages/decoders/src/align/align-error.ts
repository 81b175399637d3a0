// Why a text cannot be aligned.

/** What was wrong: with the targets, with the log-probabilities, or with both together. */
export type AlignProblem = "bad-shape" | "bad-targets" | "not-a-number" | "too-short" | "impossible";

/** Thrown when emissions and targets have no alignment; the message says where. */
export class AlignError extends Error {
  override readonly name = "AlignError";
  constructor(
    readonly problem: AlignProblem,
    detail: string,
    /** Frame where it showed, if there is one. */
    readonly frame?: number,
  ) {
    super(`align: ${detail}`);
  }
}
