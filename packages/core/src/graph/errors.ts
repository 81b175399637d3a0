// Errors that graph building and running raise, each with its data as fields.

/** A shape or dtype that an op cannot take; raised while a graph is built or when its inputs are bound. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** A backend was asked for something it cannot run. */
export class UnsupportedOpError extends Error {
  override name = "UnsupportedOpError";
  constructor(
    readonly op: string,
    readonly backend: string,
    message: string,
  ) {
    super(message);
  }
}

/** What is wrong with one weight. */
export interface WeightProblem {
  readonly kind: "missing" | "shape" | "unused";
  readonly path: string;
  readonly detail: string;
}

/** Weights that do not fit a graph; `problems` lists every one of them. */
export class WeightError extends Error {
  override name = "WeightError";
  constructor(
    message: string,
    readonly problems: readonly WeightProblem[] = [],
  ) {
    super(message);
  }
}
