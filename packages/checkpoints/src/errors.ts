// What can go wrong with a checkpoint: the file, the weights against a model, or the Hub.

/** A file that is damaged, hostile, or of a kind this package does not read. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  /**
   * @param file path or name of the file
   * @param reason "what we got; what we expected; what to do"
   */
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: ${reason}`);
  }
}

/** One parameter whose tensor has another shape, or a type that cannot be a weight. */
export interface Misfit {
  readonly key: string;
  readonly inFile: string;
  readonly inModel: string;
}

/** Weights of a checkpoint that do not fit a model: everything that is wrong, at once. */
export class WeightError extends Error {
  override readonly name = "WeightError";
  /**
   * @param message all findings, one a line
   * @param missing parameters that the file lacks
   * @param unused keys of the file that the model does not ask for
   * @param misfits parameters with another shape or an integer type
   */
  constructor(
    message: string,
    readonly missing: readonly string[],
    readonly unused: readonly string[],
    readonly misfits: readonly Misfit[],
  ) {
    super(message);
  }
}

/** The Hub refused, could not be reached, or sent something else than it promised. */
export class HubError extends Error {
  override readonly name = "HubError";
  /**
   * @param message what failed and what to do
   * @param url the address that was asked
   * @param status HTTP status; 0 when there was no answer
   * @param code the Hub's `X-Error-Code`, e.g. `RepoNotFound`, `GatedRepo`
   */
  constructor(
    message: string,
    readonly url: string,
    readonly status: number,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}
