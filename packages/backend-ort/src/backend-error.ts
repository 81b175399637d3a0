// The error for a provider that this machine or installation lacks.

/** A provider could not be started; the message says what to do. */
export class BackendError extends Error {
  override name = "BackendError";
  constructor(
    readonly provider: string,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}
