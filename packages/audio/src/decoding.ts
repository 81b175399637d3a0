// What every format reader takes and gives: blocks of PCM at the file's own rate.

/** Samples of one stretch of the file, [channels][samples] float32 in −1 … 1. */
export interface PcmBlock {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** A file whose header was understood; `blocks` reads on from there. */
export interface Decoding {
  /** Container and codec, e.g. `wav pcm_s16le`, `ogg opus`. */
  readonly format: string;
  /** The audio, or null when the codec is known by name only and another program must decode it. */
  readonly blocks: AsyncIterable<PcmBlock> | null;
}

/** What a reader may tell its caller on the way. */
export interface DecodeReport {
  /** Something was lost or assumed, but there is audio: one line. */
  warn(message: string): void;
}
