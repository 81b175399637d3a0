// MP3 (and MPEG layers 1 and 2), decoded by mpg123 in wasm, encoder delay and padding removed.

import { MPEGDecoder } from "mpg123-decoder";
import type { ByteReader } from "./byte-reader.js";
import { countDamage, warningOfDamage, type DamageCount } from "./damage.js";
import type { Decoding, DecodeReport, PcmBlock } from "./decoding.js";
import type { MpegFrame } from "./mpeg-frame.js";
import { quietly } from "./quiet-decoder.js";

const chunkBytes = 2 ** 14;

/** Opens a file whose first frame was found. */
export function openMp3(reader: ByteReader, frame: MpegFrame, report: DecodeReport): Decoding {
  const damage = countDamage("frames");
  const blocks = mp3Blocks(reader.chunks(chunkBytes), frame.channels, damage);
  return { format: `mp${frame.layer}`, blocks: warningOfDamage(blocks, damage, report) };
}

/** Decodes MPEG audio bytes. mpg123 removes what the LAME tag names as encoder delay and padding. */
export async function* mp3Blocks(
  chunks: AsyncIterable<Uint8Array>,
  channels: number,
  damage: DamageCount,
): AsyncGenerator<PcmBlock> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    for await (const chunk of chunks) {
      const { channelData, samplesDecoded, sampleRate, errors } = quietly(() => decoder.decode(chunk));
      damage.add(errors.length);
      if (samplesDecoded > 0) yield { sampleRate, channels: channelData.slice(0, channels) }; // mono comes back twice
    }
  } finally {
    decoder.free();
  }
}
