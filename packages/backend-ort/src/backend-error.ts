// The errors of providers: not there on this machine or in this installation, or gone in the middle.

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

/**
 * The graphics device is gone: the driver was reset, the machine slept, or the browser took it away. All its tensors
 * and programs are gone with it, and in a page ONNX Runtime cannot start another in the same thread: start a new
 * worker (`@wav2vec/asr-worker` does) or reload the page.
 */
export class DeviceLostError extends Error {
  override name = "DeviceLostError";
  /** @param reason as the device tells: "destroyed" or "unknown" */
  constructor(
    readonly provider: string,
    readonly reason: string,
    message: string,
  ) {
    super(
      `ort: the device of "${provider}" was lost (${message || reason}); start a new worker, or reload the page`,
    );
  }
}
