// Audio from anywhere → mono float32 samples at 16 kHz: whole, or block by block in bounded memory.

import { AudioError } from "./audio-error.js";
import { sourceName, type AudioSource } from "./audio-source.js";
import { decodeAudio, type DecodedBlock } from "./decode-audio.js";
import { filters, type FilterName } from "./resample-kernel.js";
import { concatSamples, createResampler, type Resampler } from "./resample.js";

/** Hz of everything this package returns: what wav2vec 2.0 was trained on. */
const audioSampleRate = 16000;
const lowestRate = 1000;
const highestRate = 768000;

/** How to read. */
export interface ReadAudioOptions {
  /** Take this channel, counted from 0, instead of the mean of all. */
  readonly channel?: number;
  /** Low-pass design of the resampler. Default `sharp`. */
  readonly filter?: FilterName;
  /** The ffmpeg to run for AAC and other codecs that are not built in; false never runs one. Default `ffmpeg`. */
  readonly ffmpeg?: string | false;
  /** What to call the source in messages. Default: its path, or `stream`, `bytes`, `blob`. */
  readonly name?: string;
  /** Stops reading; the reason is thrown. */
  readonly signal?: AbortSignal;
  /** Gets one line for each thing that was lost or assumed, such as damaged frames. Default: nothing is said. */
  readonly onWarning?: (message: string) => void;
}

/** A whole recording. */
export interface Audio {
  /** [samples] float32, mono, 16 kHz; nominally −1 … 1, floats in the file may pass it. */
  readonly samples: Float32Array;
  readonly sampleRate: 16000;
  readonly durationSeconds: number;
  /** Container and codec, e.g. `wav pcm_s16le`. */
  readonly format: string;
  /** Hz in the file. */
  readonly sourceSampleRate: number;
  readonly sourceChannels: number;
}

/**
 * Reads a whole recording. Channels are averaged unless one is chosen; any sample rate becomes 16 kHz.
 *
 * @param source a path, bytes, a Blob, or a stream of bytes; its content decides the format, not its name
 * @throws AudioError if it cannot be read, is not audio, holds no samples, or NaN
 */
export async function readAudio(source: AudioSource, options: ReadAudioOptions = {}): Promise<Audio> {
  const blocks: Float32Array[] = [];
  let first: DecodedBlock | null = null;
  for await (const block of monoBlocks(source, options, (decoded) => (first ??= decoded))) blocks.push(block);
  const { format, sampleRate, channels } = first as unknown as DecodedBlock; // as: there is a block, or monoBlocks threw
  const samples = concatSamples(blocks);
  return {
    samples,
    sampleRate: audioSampleRate,
    durationSeconds: samples.length / audioSampleRate,
    format,
    sourceSampleRate: sampleRate,
    sourceChannels: channels.length,
  };
}

/**
 * Reads a recording of any length block by block, in bounded memory; the blocks joined are what {@link readAudio} gives,
 * to the bit.
 *
 * @yields [samples] float32, mono, 16 kHz; lengths vary
 * @throws AudioError as readAudio does, possibly after some blocks
 */
export function streamAudio(
  source: AudioSource,
  options: ReadAudioOptions = {},
): AsyncGenerator<Float32Array> {
  return monoBlocks(source, options, () => undefined);
}

async function* monoBlocks(
  source: AudioSource,
  options: ReadAudioOptions,
  onDecoded: (block: DecodedBlock) => void,
): AsyncGenerator<Float32Array> {
  const { filter = "sharp", ffmpeg = "ffmpeg", name = sourceName(source), signal, channel } = options;
  checkOptions(options, name);
  const report = {
    warn: (message: string) => options.onWarning?.(`audio: ${JSON.stringify(name)} ${message}`),
  };
  let rate = 0;
  let resampler: Resampler | null = null;
  let decodedSeconds = 0;
  for await (const block of decodeAudio(source, { name, ffmpeg, signal }, report)) {
    signal?.throwIfAborted();
    onDecoded(block);
    const mono = downmix(block, channel, name, decodedSeconds);
    decodedSeconds += mono.length / block.sampleRate;
    if (!resampler || block.sampleRate !== rate) {
      if (resampler) yield* nonEmpty(resampler.flush()); // chained files may change rate
      rate = checkedRate(block.sampleRate, name);
      resampler = startResampler(rate, filter, name);
    }
    yield* nonEmpty(resampler.push(mono));
  }
  if (!resampler)
    throw new AudioError("holds 0 samples; expected sound; check how it was recorded or converted", {
      reason: "empty",
      source: name,
    });
  yield* nonEmpty(resampler.flush());
}

/** Mean of the channels, or one of them; refuses what no model can use. */
function downmix(
  { channels, sampleRate }: DecodedBlock,
  channel: number | undefined,
  source: string,
  seconds: number,
): Float32Array {
  if (channel !== undefined && channel >= channels.length)
    throw new AudioError(
      `has ${channels.length} channels; channel ${channel} was asked for; expected 0 to ${channels.length - 1}`,
      {
        reason: "bad-option",
        source,
      },
    );
  const chosen = channel === undefined ? channels : [channels[channel]!];
  const mono = chosen.length === 1 ? chosen[0]! : new Float32Array(chosen[0]!.length);
  if (chosen.length > 1)
    for (let i = 0; i < mono.length; i++) {
      let sum = 0;
      for (const samples of chosen) sum += samples[i]!;
      mono[i] = sum / chosen.length;
    }
  for (let i = 0; i < mono.length; i++) {
    if (Number.isFinite(mono[i]!)) continue;
    const at = seconds + i / sampleRate;
    throw new AudioError(
      `holds ${mono[i]!} at ${at.toFixed(4)} s (sample ${Math.round(at * sampleRate)}); expected finite samples; repair or cut the recording`,
      {
        reason: "not-finite",
        source,
        seconds: at,
      },
    );
  }
  return mono;
}

function checkOptions({ channel, filter }: ReadAudioOptions, source: string): void {
  if (channel !== undefined && (!Number.isInteger(channel) || channel < 0))
    throw new AudioError(`was asked for channel ${channel}; expected a whole number from 0`, {
      reason: "bad-option",
      source,
    });
  if (filter !== undefined && !Object.hasOwn(filters, filter))
    throw new AudioError(
      `was asked for filter ${JSON.stringify(filter)}; expected one of ${Object.keys(filters).join(", ")}`,
      {
        reason: "bad-option",
        source,
      },
    );
}

function checkedRate(sampleRate: number, source: string): number {
  if (Number.isInteger(sampleRate) && sampleRate >= lowestRate && sampleRate <= highestRate)
    return sampleRate;
  throw new AudioError(
    `has a sample rate of ${sampleRate} Hz; expected ${lowestRate} to ${highestRate}; the header is damaged, convert the file again`,
    {
      reason: "damaged",
      source,
    },
  );
}

function startResampler(fromRate: number, filter: FilterName, source: string): Resampler {
  try {
    return createResampler({ fromRate, filter });
  } catch (cause) {
    throw new AudioError(
      `has a sample rate of ${fromRate} Hz, which shares too few factors with 16000; convert it to 48000 Hz first`,
      {
        reason: "unsupported",
        source,
        cause,
      },
    );
  }
}

function* nonEmpty(block: Float32Array): Generator<Float32Array> {
  if (block.length > 0) yield block;
}
