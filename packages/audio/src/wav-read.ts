// WAV: RIFF, RIFX (big-endian), RF64 and BW64, with any chunks around the samples.

import { AudioError } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";
import type { Decoding, DecodeReport } from "./decoding.js";
import { checkLayout, pcmBlocks, pcmName, type PcmLayout } from "./pcm.js";

/** Writers that do not know the length yet put 0, all ones, or about 2^31 (sox, arecord) there. */
const streamedSize = 0x7ffff000;
const extensible = 0xfffe;

/** Format tags that other programs can decode, by name for messages. */
const otherCodecs: Readonly<Record<number, string>> = {
  0x0002: "MS ADPCM",
  0x0011: "IMA ADPCM",
  0x0031: "GSM 6.10",
  0x0050: "MPEG audio",
  0x0055: "MP3",
  0x00ff: "AAC",
  0x0161: "WMA",
  0x2000: "AC-3",
};

/**
 * Reads a WAV header up to its samples.
 *
 * @throws AudioError if the header is cut off or contradicts itself
 * @see http://soundfile.sapp.org/doc/WaveFormat/ and EBU Tech 3306 (RF64)
 */
export async function openWav(reader: ByteReader, report: DecodeReport): Promise<Decoding> {
  const fail = (what: string) =>
    new AudioError(`${what}; expected a whole WAV header; copy or convert the file again`, {
      reason: "damaged",
      source: reader.name,
    });
  const littleEndian = ascii(await reader.take(12), 0, 4) !== "RIFX";
  let format: WavFormat | null = null;
  let longDataSize: number | null = null; // of RF64, where 32 bits do not suffice

  for (;;) {
    const head = await reader.take(8);
    if (head.length < 8)
      throw fail(
        `is a WAV file that ends after ${reader.position} bytes, before its ${format ? "samples" : "format"}`,
      );
    const id = ascii(head, 0, 4);
    const size = view(head).getUint32(4, littleEndian);
    if (id === "data") {
      if (!format) throw fail("is a WAV file without a format chunk before its samples");
      const empty = size === 0 && isChunkId(await reader.peek(4));
      const dataBytes = empty
        ? 0
        : size === 0xffffffff && longDataSize
          ? longDataSize
          : size === 0 || size >= streamedSize
            ? null
            : size;
      return decodingOf(format, dataBytes, reader, report);
    }
    const body = id === "fmt " || id === "ds64" ? await reader.take(Math.min(size, 64)) : new Uint8Array(0);
    if (id === "fmt ") {
      if (body.length < 14)
        throw fail(`is a WAV file whose format chunk has ${body.length} of ${size} bytes`);
      format = parseFormat(body, littleEndian);
    }
    if (id === "ds64" && body.length >= 16) longDataSize = knownSize(view(body).getBigUint64(8, true));
    const rest = size - body.length;
    if ((await reader.skip(rest)) < rest)
      throw fail(
        `is a WAV file whose "${printable(id)}" chunk announces ${size} bytes, more than the file has`,
      );
    // Chunks are padded to even sizes, which some writers forget.
    if (size % 2 === 1 && !isChunkId(await reader.peek(4))) await reader.skip(1);
  }
}

interface WavFormat {
  readonly tag: number;
  readonly layout: PcmLayout;
}

function parseFormat(body: Uint8Array, littleEndian: boolean): WavFormat {
  const fields = view(body);
  const number16 = (at: number) => (at + 2 <= body.length ? fields.getUint16(at, littleEndian) : 0);
  let tag = number16(0);
  if (tag === extensible && body.length >= 28) tag = fields.getUint32(24, littleEndian) & 0xffff; // the start of the sub-format's GUID
  const channels = number16(2);
  const perChannel = number16(12) / channels;
  const bits = number16(14) || (Number.isInteger(perChannel) ? perChannel * 8 : 8);
  const fewest = Math.ceil(bits / 8);
  // 20 bits may lie in 3 bytes or in 4: the frame size decides when it makes sense.
  const bytesPerSample =
    Number.isInteger(perChannel) && perChannel >= fewest && perChannel <= 8 ? perChannel : fewest;
  const coding =
    tag === 3
      ? "float"
      : tag === 6
        ? "a-law"
        : tag === 7
          ? "mu-law"
          : bytesPerSample === 1
            ? "unsigned"
            : "signed";
  return {
    tag,
    layout: { coding, bytesPerSample, littleEndian, channels, sampleRate: fields.getUint32(4, littleEndian) },
  };
}

function decodingOf(
  { tag, layout }: WavFormat,
  dataBytes: number | null,
  reader: ByteReader,
  report: DecodeReport,
): Decoding {
  if (![1, 3, 6, 7].includes(tag)) {
    const codec = otherCodecs[tag] ?? `codec 0x${tag.toString(16).padStart(4, "0")}`;
    return { format: `wav ${codec}`, blocks: null };
  }
  checkLayout(layout, reader.name);
  return { format: `wav ${pcmName(layout)}`, blocks: pcmBlocks(reader, layout, dataBytes, report) };
}

function knownSize(size: bigint): number | null {
  return size === 0n || size >= 2n ** 53n ? null : Number(size);
}

function isChunkId(bytes: Uint8Array): boolean {
  return /^(data|fmt |fact|LIST|id3 |ID3 |bext|cue |smpl|PEAK|JUNK|junk|afsp|iXML)$/.test(ascii(bytes, 0, 4));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes as Latin-1 text. */
export function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function printable(id: string): string {
  return id.replace(/[^ -~]/g, "?");
}
