// The two older big-endian formats: Sun/NeXT AU, and AIFF with its AIFF-C variants that hold plain samples.

import { AudioError } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";
import type { Decoding, DecodeReport } from "./decoding.js";
import { checkLayout, pcmBlocks, pcmName, type PcmLayout } from "./pcm.js";
import { ascii } from "./wav-read.js";

type Samples = Pick<PcmLayout, "coding" | "bytesPerSample">;

const auCodings: Readonly<Record<number, Samples>> = {
  1: { coding: "mu-law", bytesPerSample: 1 },
  2: { coding: "signed", bytesPerSample: 1 },
  3: { coding: "signed", bytesPerSample: 2 },
  4: { coding: "signed", bytesPerSample: 3 },
  5: { coding: "signed", bytesPerSample: 4 },
  6: { coding: "float", bytesPerSample: 4 },
  7: { coding: "float", bytesPerSample: 8 },
  27: { coding: "a-law", bytesPerSample: 1 },
};

/** Reads an AU header: offset, size (all ones when unknown), encoding, rate, channels. */
export async function openAu(reader: ByteReader, report: DecodeReport): Promise<Decoding> {
  const header = await reader.take(24);
  if (header.length < 24) throw cutOff(reader, "AU");
  const fields = new DataView(header.buffer, header.byteOffset, 24);
  const [offset, size, encoding] = [fields.getUint32(4), fields.getUint32(8), fields.getUint32(12)];
  const samples = auCodings[encoding];
  if (!samples) return { format: `au encoding ${encoding}`, blocks: null };
  await reader.skip(Math.max(0, offset - 24));
  const layout = {
    ...samples,
    littleEndian: false,
    sampleRate: fields.getUint32(16),
    channels: fields.getUint32(20),
  };
  checkLayout(layout, reader.name);
  const dataBytes = size === 0xffffffff || size === 0 ? null : size;
  return { format: `au ${pcmName(layout)}`, blocks: pcmBlocks(reader, layout, dataBytes, report) };
}

/** Reads AIFF chunks up to the samples. */
export async function openAiff(reader: ByteReader, report: DecodeReport): Promise<Decoding> {
  await reader.take(12);
  let layout: PcmLayout | null = null;
  for (;;) {
    const head = await reader.take(8);
    if (head.length < 8) throw cutOff(reader, "AIFF");
    const id = ascii(head, 0, 4);
    const size = new DataView(head.buffer, head.byteOffset, 8).getUint32(4);
    if (id === "SSND" && layout) {
      const start = await reader.take(8);
      if (start.length < 8) throw cutOff(reader, "AIFF");
      const offset = new DataView(start.buffer, start.byteOffset, 8).getUint32(0);
      await reader.skip(offset);
      checkLayout(layout, reader.name);
      return {
        format: `aiff ${pcmName(layout)}`,
        blocks: pcmBlocks(reader, layout, size > 8 + offset ? size - 8 - offset : null, report),
      };
    }
    const body = id === "COMM" ? await reader.take(Math.min(size, 64)) : new Uint8Array(0);
    if (id === "COMM") {
      if (body.length < 18) throw cutOff(reader, "AIFF");
      const coding = body.length >= 22 ? ascii(body, 18, 22) : "NONE";
      layout = commonLayout(body, coding);
      if (!layout) return { format: `aiff ${coding.trim()}`, blocks: null };
    }
    const rest = size - body.length + (size % 2);
    if ((await reader.skip(rest)) < rest) throw cutOff(reader, "AIFF");
  }
}

function commonLayout(body: Uint8Array, coding: string): PcmLayout | null {
  const fields = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const bytes = Math.ceil(fields.getUint16(6) / 8);
  const codings: Readonly<Record<string, Samples>> = {
    NONE: { coding: "signed", bytesPerSample: bytes },
    twos: { coding: "signed", bytesPerSample: bytes },
    sowt: { coding: "signed", bytesPerSample: bytes },
    fl32: { coding: "float", bytesPerSample: 4 },
    FL32: { coding: "float", bytesPerSample: 4 },
    fl64: { coding: "float", bytesPerSample: 8 },
    FL64: { coding: "float", bytesPerSample: 8 },
    ulaw: { coding: "mu-law", bytesPerSample: 1 },
    ULAW: { coding: "mu-law", bytesPerSample: 1 },
    alaw: { coding: "a-law", bytesPerSample: 1 },
    ALAW: { coding: "a-law", bytesPerSample: 1 },
  };
  const samples = Object.hasOwn(codings, coding) ? codings[coding] : undefined;
  if (!samples) return null;
  // The rate is an 80-bit float: 15 bits of exponent (bias 16383), then 64 of mantissa with its leading one.
  const exponent = (fields.getUint16(8) & 0x7fff) - 16383;
  const sampleRate = Math.round(fields.getUint32(10) * 2 ** (exponent - 31));
  return { ...samples, littleEndian: coding === "sowt", channels: fields.getUint16(0), sampleRate };
}

function cutOff(reader: ByteReader, format: string): AudioError {
  return new AudioError(
    `is an ${format} file that ends in its header, after ${reader.position} bytes; expected samples; copy the file again`,
    {
      reason: "damaged",
      source: reader.name,
    },
  );
}
