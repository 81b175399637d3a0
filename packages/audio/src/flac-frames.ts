// Splits native FLAC bytes into frames: a frame ends where its checksum closes and the next one begins.

import { concatBytes, type ByteReader } from "./byte-reader.js";

const chunkBytes = 2 ** 15;
const headerBytesMax = 16;
const shortestFrame = 10;
/** Work on damaged input: bytes examined per byte read, before the rest is given up. */
const patience = 64;

/** What the header of a frame says about its size. */
interface FrameHeader {
  /** Bytes of the header itself. */
  readonly bytes: number;
  /** No frame with this header is longer. */
  readonly longest: number;
}

/**
 * Finds the frames after the metadata, skipping what is damaged.
 *
 * @param damaged called for each stretch that was skipped
 * @yields whole frames, each with a right CRC-16
 * @see RFC 9639 §9
 */
export async function* flacFrames(reader: ByteReader, damaged: () => void): AsyncGenerator<Uint8Array> {
  const [crc8, crc16] = [crcTable(8, 0x07), crcTable(16, 0x8005)];
  let held: Uint8Array = new Uint8Array(0);
  let isEnd = false;
  let read = 0;
  let examined = 0;
  let wasDamaged = true; // the metadata before the first frame is no damage
  for (;;) {
    const start = nextHeader(held, 0, crc8);
    const header = start < 0 ? null : frameHeader(held, start, crc8);
    if (header && (isEnd || held.length - start >= header.longest + headerBytesMax)) {
      const end = frameEnd(held, start, header, { crc8, crc16 });
      examined += (end > 0 ? end : start + header.longest) - start;
      if (end > 0) yield held.slice(start, end);
      else if (!wasDamaged) damaged();
      wasDamaged = end <= 0;
      held = held.subarray(end > 0 ? end : start + 1);
      if (examined > patience * (read + 2 ** 20)) return damaged();
      continue;
    }
    if (isEnd) return;
    // Only a header's worth at the end can still become a frame.
    held = held.subarray(header ? start : Math.max(0, held.length - headerBytesMax));
    const chunks = [held];
    for (let got = held.length, wanted = (header?.longest ?? 0) + chunkBytes; got < wanted && !isEnd;) {
      const chunk = await reader.takeSome(chunkBytes);
      isEnd = chunk.length === 0;
      got += chunk.length;
      read += chunk.length;
      chunks.push(chunk);
    }
    held = concatBytes(chunks);
  }
}

/** The first place with a header whose CRC-8 is right, or −1. */
function nextHeader(bytes: Uint8Array, from: number, crc8: Uint16Array): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (frameHeader(bytes, at, crc8)) return at;
  return -1;
}

/** The end of the frame at `start`, or −1: where the CRC-16 over it becomes 0 and a header or the end of file follows. */
function frameEnd(
  bytes: Uint8Array,
  start: number,
  header: FrameHeader,
  tables: { crc8: Uint16Array; crc16: Uint16Array },
): number {
  const { crc8, crc16 } = tables;
  const last = Math.min(bytes.length, start + header.longest);
  let closed = -1; // checksum right, but no header follows: junk after the last frame, or chance
  let sum = 0;
  for (let at = start; at < last; at++) {
    sum = ((sum << 8) & 0xffff) ^ crc16[(sum >> 8) ^ bytes[at]!]!;
    if (sum !== 0 || at + 1 - start < shortestFrame) continue;
    if (at + 1 === bytes.length || frameHeader(bytes, at + 1, crc8)) return at + 1;
    if (closed < 0) closed = at + 1;
  }
  return closed;
}

function frameHeader(bytes: Uint8Array, at: number, crc8: Uint16Array): FrameHeader | null {
  if (at + 6 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xfe) !== 0xf8) return null;
  const sizeCode = bytes[at + 2]! >> 4;
  const rateCode = bytes[at + 2]! & 15;
  const channelCode = bytes[at + 3]! >> 4;
  const depthCode = (bytes[at + 3]! >> 1) & 7;
  if (sizeCode === 0 || rateCode === 15 || channelCode > 10 || depthCode === 3 || bytes[at + 3]! & 1)
    return null;
  const numberBytes = codedNumberBytes(bytes[at + 4]!);
  const sizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rateBytes = rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0;
  const checked = 4 + numberBytes + sizeBytes + rateBytes;
  if (numberBytes === 0 || at + checked >= bytes.length) return null;
  let sum = 0;
  for (let i = at; i <= at + checked; i++) sum = crc8[sum ^ bytes[i]!]!;
  if (sum !== 0) return null;
  const sizeAt = at + 4 + numberBytes;
  const explicit = sizeBytes === 1 ? bytes[sizeAt]! + 1 : (bytes[sizeAt]! << 8) + bytes[sizeAt + 1]! + 1;
  const samples =
    sizeBytes > 0
      ? explicit
      : sizeCode === 1
        ? 192
        : sizeCode < 6
          ? 576 << (sizeCode - 2)
          : 256 << (sizeCode - 8);
  const channels = channelCode < 8 ? channelCode + 1 : 2;
  const bits = [32, 8, 12, 32, 16, 20, 24, 32][depthCode]! + 1; // a side channel has one more
  // Verbatim is the worst a sane encoder writes; partition headers add a little.
  return {
    bytes: checked + 1,
    longest: headerBytesMax + 2 + channels * (16 + Math.ceil((samples * bits * 17) / 16 / 8)),
  };
}

/** How many bytes the coded frame or sample number takes, from its first; 0 when it is none. */
function codedNumberBytes(first: number): number {
  const ones = Math.clz32(~(first << 24));
  return ones === 0 ? 1 : ones === 1 || ones === 8 ? 0 : ones;
}

function crcTable(width: 8 | 16, polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let sum = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum & (1 << (width - 1)) ? polynomial : 0);
    return sum & (2 ** width - 1);
  });
}
