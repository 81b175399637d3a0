// FLAC, native or from a container, decoded by libFLAC in wasm.

import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { AudioError } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";
import type { Decoding, DecodeReport, PcmBlock } from "./decoding.js";
import { flacFrames } from "./flac-frames.js";
import { countDamage, type DamageCount } from "./damage.js";
import { quietly } from "./quiet-decoder.js";

/** Silence compresses ten-thousandfold, so what is decoded at once is bounded by samples, not bytes. */
const framesPerBlock = 16;

/** Opens a native FLAC file; a damaged or missing STREAMINFO does no harm, frames say what they are. */
export async function openFlac(reader: ByteReader, report: DecodeReport): Promise<Decoding> {
  const promised = promisedSamples(await reader.peek(42));
  const damage = countDamage("frames");
  const frames = flacFrames(reader, () => damage.add(1));
  return { format: "flac", blocks: blocks() };

  async function* blocks(): AsyncGenerator<PcmBlock> {
    let samples = 0;
    for await (const block of flacBlocks(frames, damage)) {
      samples += block.channels[0]!.length;
      yield block;
    }
    const summary = damage.summary();
    if (summary && samples < promised / 2)
      throw new AudioError(
        `is FLAC of which ${samples} of ${promised} samples decode; expected whole frames; copy or convert it again`,
        {
          reason: "damaged",
          source: reader.name,
        },
      );
    if (summary) report.warn(summary);
    else if (samples > 0 && samples < promised)
      report.warn(`announces ${promised} samples, but holds ${samples}; read what is there`);
  }
}

/** Decodes whole FLAC frames in order, counting those that do not decode. */
export async function* flacBlocks(
  frames: AsyncIterable<Uint8Array>,
  damage: DamageCount,
): AsyncGenerator<PcmBlock> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  const decode = async (waiting: Uint8Array[]): Promise<PcmBlock | null> => {
    const { channelData, samplesDecoded, sampleRate, bitDepth, errors } = await quietly(() =>
      decoder.decodeFrames(waiting),
    );
    // Frames that were left out are counted by who left them out; libFLAC only sees that their numbers are missing.
    damage.add(errors.filter(({ message }) => !message.includes("MISSING_FRAME")).length);
    if (samplesDecoded === 0) return null;
    // The wasm divides by 2^(bits − 1) − 1; the value of a sample is by definition its integer / 2^(bits − 1).
    const scale = (2 ** (bitDepth - 1) - 1) / 2 ** (bitDepth - 1);
    for (const channel of channelData)
      for (let i = 0; i < channel.length; i++) channel[i] = channel[i]! * scale;
    return { sampleRate, channels: channelData };
  };
  try {
    let waiting: Uint8Array[] = [];
    for await (const frame of frames) {
      waiting.push(frame);
      if (waiting.length < framesPerBlock) continue;
      const block = await decode(waiting);
      waiting = [];
      if (block) yield block;
    }
    const block = await decode(waiting);
    if (block) yield block;
  } finally {
    decoder.free();
  }
}

/** The 36-bit sample count of a STREAMINFO block in its usual place (RFC 9639 §8.2). */
function promisedSamples(head: Uint8Array): number {
  if (head.length < 26 || (head[4]! & 0x7f) !== 0) return 0;
  const view = new DataView(head.buffer, head.byteOffset);
  return (head[21]! & 0x0f) * 2 ** 32 + view.getUint32(22);
}
