// The one error of this package: audio that cannot be read, with its facts as fields.

/** What went wrong, for programs that react to the cause rather than to the text. */
export type AudioErrorReason =
  | "unreadable" // the bytes could not be had: no such file, no permission, a broken stream
  | "empty" // there are no bytes, or no samples
  | "too-short" // fewer samples than a model needs for one frame
  | "silent" // nothing but silence, of which a model would judge the noise
  | "unknown-format" // the bytes are not audio that this package knows
  | "damaged" // the format is known, but the file contradicts itself or nothing in it decodes
  | "unsupported" // understood, but not decodable here
  | "not-finite" // NaN or infinite samples
  | "bad-option"; // the caller asked for something that does not exist

/** Facts that an {@link AudioError} carries beside its text. */
export interface AudioErrorDetails {
  readonly reason: AudioErrorReason;
  /** What was read: a path, or the name given in the options. */
  readonly source: string;
  /** Where it went wrong, in seconds from the start, when that is known. */
  readonly seconds?: number;
  readonly cause?: unknown;
}

/** Audio that cannot be read. The message is one line: what we got, what we expected, what to do. */
export class AudioError extends Error {
  override readonly name = "AudioError";
  readonly reason: AudioErrorReason;
  readonly source: string;
  readonly seconds: number | undefined;

  constructor(message: string, details: AudioErrorDetails) {
    super(`audio: ${JSON.stringify(details.source)} ${message}`, { cause: details.cause });
    this.reason = details.reason;
    this.source = details.source;
    this.seconds = details.seconds;
  }
}

/** One line of text from anything thrown, for use inside another message. */
export function causeText(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/\s+/g, " ").trim().slice(0, 200);
}
