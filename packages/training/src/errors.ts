// Errors of training, each with its data as fields.

/** A label that no loss can be computed for. */
export class LabelError extends Error {
  override name = "LabelError";
  constructor(
    readonly row: number,
    readonly label: number,
    message: string,
  ) {
    super(message);
  }
}
