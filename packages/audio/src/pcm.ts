// Raw samples of every ordinary width and coding → float32, and the blocks of a data section.

import { AudioError } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";
import type { DecodeReport, PcmBlock } from "./decoding.js";

/** How samples lie in a data section: interleaved, each in `bytesPerSample` bytes, value in the high bits. */
export interface PcmLayout {
  readonly coding: "signed" | "unsigned" | "float" | "mu-law" | "a-law";
  readonly bytesPerSample: number;
  readonly littleEndian: boolean;
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
}

const blockBytes = 2 ** 18;
const mostChannels = 256;

/** ffmpeg's name of a layout, e.g. `pcm_s16le`. */
export function pcmName({ coding, bytesPerSample, littleEndian }: PcmLayout): string {
  if (coding === "mu-law") return "mu-law";
  if (coding === "a-law") return "a-law";
  const order = bytesPerSample === 1 ? "" : littleEndian ? "le" : "be";
  return `pcm_${{ signed: "s", unsigned: "u", float: "f" }[coding]}${bytesPerSample * 8}${order}`;
}

/**
 * Refuses layouts that cannot be read.
 *
 * @throws AudioError naming the field that makes no sense
 */
export function checkLayout(layout: PcmLayout, source: string): void {
  const { channels, bytesPerSample, coding } = layout;
  const widths = coding === "float" ? [4, 8] : coding === "signed" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];
  const problem =
    !Number.isInteger(channels) || channels < 1 || channels > mostChannels
      ? `has ${channels} channels in its header; expected 1 to ${mostChannels}`
      : widths.includes(bytesPerSample)
        ? null
        : `has ${bytesPerSample} bytes per ${coding} sample in its header; expected ${widths.join(", ")}`;
  if (problem)
    throw new AudioError(`${problem}; the header is damaged, convert the file again`, {
      reason: "damaged",
      source,
    });
}

/**
 * Reads a data section to its declared end, or to the end of the file when none is declared.
 *
 * @param dataBytes declared size; null when the writer did not know it
 * @throws AudioError if nearly all of the declared data is missing: the header lies
 */
export async function* pcmBlocks(
  reader: ByteReader,
  layout: PcmLayout,
  dataBytes: number | null,
  report: DecodeReport,
): AsyncGenerator<PcmBlock> {
  const frameBytes = layout.bytesPerSample * layout.channels;
  const blockFrames = Math.ceil(blockBytes / frameBytes);
  let left = dataBytes ?? Infinity;
  let received = 0;
  while (left >= frameBytes) {
    const wanted = Math.min(blockFrames, Math.floor(left / frameBytes)) * frameBytes;
    const bytes = await reader.take(wanted);
    received += bytes.length;
    left -= bytes.length;
    const whole = bytes.subarray(0, bytes.length - (bytes.length % frameBytes));
    if (whole.length > 0) yield { sampleRate: layout.sampleRate, channels: decodePcm(whole, layout) };
    if (bytes.length < wanted) break;
  }
  if (dataBytes !== null && left >= frameBytes)
    reportMissing(reader, { dataBytes, received, frameBytes, layout, report });
}

/**
 * Turns interleaved samples into channels.
 *
 * @param bytes whole frames
 * @returns [channels][frames] float32; integers are divided by 2^(bits − 1)
 * @see ITU-T G.711 for µ-law and A-law
 */
function decodePcm(bytes: Uint8Array, layout: PcmLayout): Float32Array[] {
  const { channels, bytesPerSample } = layout;
  const frames = bytes.length / (channels * bytesPerSample);
  const value = sampleReader(bytes, layout);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    const step = channels * bytesPerSample;
    for (let i = 0, at = channel * bytesPerSample; i < frames; i++, at += step) samples[i] = value(at);
    return samples;
  });
}

function sampleReader(
  bytes: Uint8Array,
  { coding, bytesPerSample, littleEndian }: PcmLayout,
): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (coding === "float")
    return bytesPerSample === 4
      ? (at) => view.getFloat32(at, littleEndian)
      : (at) => view.getFloat64(at, littleEndian);
  if (coding === "unsigned") return (at) => (view.getUint8(at) - 128) / 2 ** 7;
  if (coding !== "signed") {
    const table = Float32Array.from(
      { length: 256 },
      (_, code) => (coding === "mu-law" ? muLaw(code) : aLaw(code)) / 2 ** 15,
    );
    return (at) => table[view.getUint8(at)]!;
  }
  if (bytesPerSample === 1) return (at) => view.getInt8(at) / 2 ** 7;
  if (bytesPerSample === 2) return (at) => view.getInt16(at, littleEndian) / 2 ** 15;
  if (bytesPerSample === 3) {
    const [high, low] = littleEndian ? [1, 0] : [0, 2];
    return (at) => (view.getInt16(at + high, littleEndian) * 2 ** 8 + view.getUint8(at + low)) / 2 ** 23;
  }
  const high = littleEndian ? bytesPerSample - 4 : 0; // float32 keeps no more than the top 32 bits
  return (at) => view.getInt32(at + high, littleEndian) / 2 ** 31;
}

/** Inverted byte: sign, 3 bits of segment, 4 of mantissa; magnitude ((2m + 33) << s) − 33 in 14 bits. */
function muLaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** Every second bit inverted; segment 0 is linear, the others have a leading one. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? mantissa : (mantissa + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function reportMissing(
  reader: ByteReader,
  facts: { dataBytes: number; received: number; frameBytes: number; layout: PcmLayout; report: DecodeReport },
) {
  const { dataBytes, received, frameBytes, layout, report } = facts;
  const seconds = (byteCount: number) => (byteCount / frameBytes / layout.sampleRate).toFixed(2);
  const text = `has a header that announces ${dataBytes} bytes of samples (${seconds(dataBytes)} s), but holds ${received} (${seconds(received)} s)`;
  if (received < frameBytes || (received < dataBytes / 100 && dataBytes > 2 ** 20))
    throw new AudioError(
      `${text}; expected what the header says; copy the file again or repair its header with ffmpeg`,
      {
        reason: "damaged",
        source: reader.name,
      },
    );
  report.warn(`${text}; read what is there`);
}
