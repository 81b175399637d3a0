// Opus packets → samples at 16 kHz, with pre-skip, end trimming and output gain.
//
// The codec itself decodes at any of its rates; at 16 kHz speech comes out as its speech layer made it, without the
// codec's way up to 48 kHz and ours back down. What follows is the roll-off that ffmpeg's resamplers give on that way:
// models were trained on audio that went it, and letters flip without (measured in README.md).

import { OpusDecoder } from "opus-decoder";
import type { DamageCount } from "./damage.js";
import type { PcmBlock } from "./decoding.js";
import { createRollOff } from "./opus-roll-off.js";
import { quietly } from "./quiet-decoder.js";

/** The identification header of an Opus stream (RFC 7845 §5.1). */
export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz to drop from the start. */
  readonly preSkip: number;
  /** Linear factor. */
  readonly gain: number;
  readonly streamCount: number;
  readonly coupledStreamCount: number;
  readonly channelMapping: number[];
}

/** An Opus packet; `end` is the stream position after it in samples, counted from before the pre-skip, when known. */
export interface OpusPacket {
  readonly bytes: Uint8Array;
  readonly end: number | null;
  readonly isLast: boolean;
}

const sampleRate = 16000;
/** Positions in an Opus stream count samples at 48 kHz whatever is decoded. */
const positionsPerSample = 3;
const packetsPerBlock = 50; // one second of 20 ms packets

/** @returns null when the bytes are no usable OpusHead */
export function parseOpusHead(bytes: Uint8Array): OpusHead | null {
  if (bytes.length < 19 || String.fromCharCode(...bytes.subarray(0, 8)) !== "OpusHead") return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = bytes[9]!;
  const isPlain = bytes[18] === 0; // mapping family 0: mono or stereo, no table
  if (channels === 0 || (isPlain ? channels > 2 : bytes.length < 21 + channels)) return null;
  const streamCount = isPlain ? 1 : bytes[19]!;
  const coupledStreamCount = isPlain ? channels - 1 : bytes[20]!;
  const channelMapping = isPlain ? [0, 1].slice(0, channels) : [...bytes.subarray(21, 21 + channels)];
  const decodedChannels = streamCount + coupledStreamCount;
  if (streamCount === 0 || coupledStreamCount > streamCount || decodedChannels > 255) return null;
  if (channelMapping.some((index) => index !== 255 && index >= decodedChannels)) return null; // 255 is silence
  const gain = 10 ** (view.getInt16(16, true) / (20 * 256));
  return {
    channels,
    preSkip: view.getUint16(10, true),
    gain,
    streamCount,
    coupledStreamCount,
    channelMapping,
  };
}

/** Decodes packets in order, trimmed to the samples that the stream is meant to play. */
export async function* opusBlocks(
  packets: AsyncIterable<OpusPacket>,
  head: OpusHead,
  damage: DamageCount,
): AsyncGenerator<PcmBlock> {
  const { channels, streamCount, coupledStreamCount } = head;
  const decoder = new OpusDecoder({
    sampleRate,
    channels,
    streamCount,
    coupledStreamCount,
    channelMappingTable: head.channelMapping,
  });
  await decoder.ready;
  let toSkip = Math.round(head.preSkip / positionsPerSample);
  let decodedEnd = 0; // stream position after what was decoded, in our samples
  let isPlaced = false; // a stream cut from a broadcast does not start at 0
  let waiting: Uint8Array[] = [];
  const rollOffs = Array.from({ length: channels }, createRollOff);

  const decode = (position: number | null, isLast: boolean): PcmBlock | null => {
    const end = position === null ? null : Math.round(position / positionsPerSample);
    const { channelData, samplesDecoded, errors } = quietly(() => decoder.decodeFrames(waiting));
    waiting = [];
    damage.add(errors.length);
    decodedEnd += samplesDecoded;
    if (end !== null && !isPlaced) {
      isPlaced = true;
      if (!isLast) decodedEnd = Math.max(decodedEnd, end);
    }
    const surplus = isLast && end !== null ? Math.max(0, decodedEnd - end) : 0;
    const start = Math.min(toSkip, samplesDecoded);
    const stop = Math.max(start, samplesDecoded - surplus);
    toSkip -= start;
    if (stop === start) return null;
    const kept = channelData.map((samples) => scaled(samples.subarray(start, stop), head.gain));
    return { sampleRate, channels: kept.map((samples, channel) => rollOffs[channel]!.push(samples)) }; // one per channel
  };

  try {
    for await (const { bytes, end, isLast } of packets) {
      if (bytes.length === 0 || bytes.length > 3840 * channels)
        damage.add(1); // beyond the decoder's buffer: no valid packet is
      else waiting.push(bytes.slice());
      if (waiting.length < packetsPerBlock && end === null && !isLast) continue;
      const block = decode(end, isLast);
      if (block) yield block;
    }
    const block = decode(null, false);
    if (block) yield block;
    yield { sampleRate, channels: rollOffs.map((rollOff) => rollOff.flush()) };
  } finally {
    decoder.free();
  }
}

function scaled(samples: Float32Array, gain: number): Float32Array {
  return gain === 1 ? samples : samples.map((sample) => sample * gain);
}
