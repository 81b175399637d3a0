// NIST SPHERE, the format of TIMIT and other LDC corpora (often under a .wav name): plain PCM, µ-law, A-law.

import { AudioError } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";
import type { Decoding, DecodeReport } from "./decoding.js";
import { checkLayout, pcmBlocks, pcmName, type PcmLayout } from "./pcm.js";

/**
 * Reads a SPHERE header: lines of `name -type value`, padded to the size on its second line.
 *
 * @throws AudioError if the header is cut off or lacks a field
 */
export async function openSphere(reader: ByteReader, report: DecodeReport): Promise<Decoding> {
  const fail = (what: string) =>
    new AudioError(`is a NIST SPHERE file ${what}; expected a whole header; copy the file again`, {
      reason: "damaged",
      source: reader.name,
    });
  const headerBytes = Number.parseInt(latin1(await reader.peek(16)).slice(8), 10);
  if (!(headerBytes >= 16 && headerBytes <= 2 ** 16)) throw fail(`with a header of ${headerBytes} bytes`);
  const header = await reader.take(headerBytes);
  const text = latin1(header).split("end_head")[0]!;
  if (header.length < headerBytes)
    throw fail(`that ends after ${header.length} of ${headerBytes} header bytes`);
  const fields = new Map(
    [...text.matchAll(/^(\w+) -\w+ (.*?)\s*$/gm)].map((match) => [match[1]!, match[2]!]),
  );
  const number = (name: string, otherwise?: number) => {
    const value = fields.has(name) ? Number(fields.get(name)) : otherwise;
    if (value === undefined || !Number.isInteger(value) || value < 0)
      throw fail(`whose ${name} is ${fields.get(name) ?? "missing"}`);
    return value;
  };

  const coding = fields.get("sample_coding") ?? "pcm";
  const kind = { pcm: "signed", ulaw: "mu-law", "mu-law": "mu-law", alaw: "a-law" }[coding] as
    PcmLayout["coding"] | undefined; // as: the table's values
  if (!kind) return { format: `sphere ${coding}`, blocks: null };
  const layout: PcmLayout = {
    coding: kind,
    bytesPerSample: number("sample_n_bytes", kind === "signed" ? 2 : 1),
    littleEndian: fields.get("sample_byte_format") !== "10",
    channels: number("channel_count", 1),
    sampleRate: number("sample_rate"),
  };
  checkLayout(layout, reader.name);
  const dataBytes = fields.has("sample_count")
    ? number("sample_count") * layout.channels * layout.bytesPerSample
    : null;
  return { format: `sphere ${pcmName(layout)}`, blocks: pcmBlocks(reader, layout, dataBytes, report) };
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
