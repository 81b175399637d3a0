// What can go wrong with a checkpoint: the file or the Hub. Weights that do not fit a model are core's WeightError.

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
