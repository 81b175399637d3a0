// Recordings as clips of 16 kHz samples, checked before a model sees them.
import { AudioError, readAudio, type AudioSource } from "@wav2vec/audio";

/** A recording: whatever `@wav2vec/audio` reads, or 16 kHz mono samples. */
export type Recording = AudioSource | Float32Array;

const SAMPLE_RATE = 16_000;

/**
 * Reads a whole recording.
 *
 * @param least fewest samples that the model can work with
 * @throws AudioError if it cannot be read, is shorter than `least`, or holds NaN or infinity
 */
export async function readClip(recording: Recording, least: number): Promise<Float32Array> {
  const given = recording instanceof Float32Array;
  const source = given ? "samples" : typeof recording === "string" ? recording : "stream";
  const samples = given ? recording : (await readAudio(recording)).samples;
  if (samples.length < least) {
    const message = `has ${samples.length} samples at 16 kHz; expected at least ${least} (${Math.ceil(least / 16)} ms), the shortest that this model can judge`;
    throw new AudioError(message, { reason: "too-short", source });
  }
  const at = samples.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) {
    const message = `has ${samples[at]} at sample ${at}; expected finite numbers; check what produced it`;
    throw new AudioError(message, { reason: "not-finite", source, seconds: at / SAMPLE_RATE });
  }
  return samples;
}

const SILENCE = 1e-4; // -80 dB of full scale, three steps of 16 bits

/** Whether there is nothing to hear: no sample is above -80 dB of full scale. */
export function isSilent(samples: Float32Array): boolean {
  return samples.every((x) => Math.abs(x) <= SILENCE);
}

/** How a recording is looked at piece by piece. */
export interface TimelineOptions {
  /** Length of one piece. Default 5. */
  readonly windowSeconds?: number;
  /** From the start of one piece to the start of the next. Default `windowSeconds`. */
  readonly hopSeconds?: number;
}

/** One piece of a recording. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly samples: Float32Array;
}

/**
 * Cuts a recording into pieces of one length; the last one ends with the recording and so may overlap more.
 * A recording shorter than a window is one piece.
 *
 * @throws RangeError if a length is not at least that of `least` samples
 */
export function piecesOf(
  samples: Float32Array,
  least: number,
  { windowSeconds = 5, hopSeconds = windowSeconds }: TimelineOptions = {},
): Piece[] {
  const window = Math.round(windowSeconds * SAMPLE_RATE);
  const hop = Math.round(hopSeconds * SAMPLE_RATE);
  if (!(window >= least) || !(hop >= 1)) {
    throw new RangeError(
      `timeline: windowSeconds is ${windowSeconds} and hopSeconds ${hopSeconds}; expected windows of at least ${least / SAMPLE_RATE} s and a hop above 0`,
    );
  }
  const count = Math.max(1, Math.ceil((samples.length - window) / hop) + 1);
  return Array.from({ length: count }, (_, i) => {
    const start = Math.max(0, Math.min(i * hop, samples.length - window));
    const end = Math.min(start + window, samples.length);
    return { start: start / SAMPLE_RATE, end: end / SAMPLE_RATE, samples: samples.subarray(start, end) };
  });
}
