// Ogg pages in order, damaged ones left out, and the packets of one logical stream.

import { concatBytes, type ByteReader } from "./byte-reader.js";

/** One page of an Ogg stream (RFC 3533 §6). */
export interface OggPage {
  /** The whole page, header included. */
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
  readonly segmentSizes: Uint8Array;
  /** The logical stream it belongs to. */
  readonly serial: number;
  /** Codec position at the end of the page; −1 when no packet ends on it. */
  readonly granule: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** True when its first packet began on an earlier page. */
  readonly isContinued: boolean;
}

const headerBytes = 27;

/**
 * Reads pages, searching for the next capture pattern after garbage; pages with a wrong checksum are dropped.
 *
 * @param damaged called for each page that was dropped
 */
export async function* oggPages(reader: ByteReader, damaged: () => void): AsyncGenerator<OggPage> {
  const table = checksumTable();
  for (;;) {
    const head = await reader.peek(headerBytes + 255);
    if (head.length < headerBytes) return;
    if (!isPageStart(head)) {
      const next = head.findIndex((_, i) => i > 0 && isPageStart(head.subarray(i)));
      await reader.skip(next > 0 ? next : Math.max(1, head.length - 3));
      continue;
    }
    const segments = head.subarray(headerBytes, headerBytes + head[26]!);
    const size = headerBytes + head[26]! + segments.reduce((sum, bytes) => sum + bytes, 0);
    const bytes = await reader.peek(size);
    if (bytes.length < size || checksum(bytes, table) !== view(bytes).getUint32(22, true)) {
      damaged();
      await reader.skip(4);
      continue;
    }
    yield parsePage((await reader.take(size)).slice());
  }
}

/** The codec that a stream's first page names, or null. */
export function oggCodec(page: OggPage): "opus" | "vorbis" | "flac" | "speex" | null {
  const start = String.fromCharCode(...page.body.subarray(0, 8));
  if (start === "OpusHead") return "opus";
  if (start.startsWith("\x01vorbis")) return "vorbis";
  if (start.startsWith("\x7fFLAC")) return "flac";
  return start === "Speex   " ? "speex" : null;
}

/** A packet and, when it is the last to end on its page, the page's granule. */
export interface OggPacket {
  readonly bytes: Uint8Array;
  readonly granule: number | null;
  readonly isLast: boolean;
}

/** Joins the segments of the pages of one stream into packets. */
export async function* oggPackets(pages: AsyncIterable<OggPage>): AsyncGenerator<OggPacket> {
  let parts: Uint8Array[] = [];
  for await (const page of pages) {
    if (!page.isContinued) parts = []; // what went before lost its end
    const packets: Uint8Array[] = [];
    let isLost = page.isContinued && parts.length === 0;
    let offset = 0;
    for (const size of page.segmentSizes) {
      parts.push(page.body.subarray(offset, offset + size));
      offset += size;
      if (size === 255) continue;
      if (!isLost) packets.push(concatBytes(parts));
      isLost = false;
      parts = [];
    }
    for (const [i, bytes] of packets.entries()) {
      const endsPage = i === packets.length - 1;
      yield {
        bytes,
        granule: endsPage && page.granule >= 0 ? page.granule : null,
        isLast: endsPage && page.isLast,
      };
    }
  }
}

function parsePage(bytes: Uint8Array): OggPage {
  const bodyStart = headerBytes + bytes[26]!;
  const flags = bytes[5]!;
  return {
    bytes,
    body: bytes.subarray(bodyStart),
    segmentSizes: bytes.subarray(headerBytes, bodyStart),
    serial: view(bytes).getUint32(14, true),
    granule: Number(view(bytes).getBigInt64(6, true)),
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
  };
}

function isPageStart(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x4f && bytes[1] === 0x67 && bytes[2] === 0x67 && bytes[3] === 0x53 && (bytes[4] ?? 0) === 0
  ); // "OggS", version 0
}

/** CRC-32 with polynomial 0x04c11db7, no reflection, over the page with a zero checksum field. */
function checksum(bytes: Uint8Array, table: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : bytes[i]!;
    sum = ((sum << 8) ^ table[(sum >>> 24) ^ byte]!) >>> 0;
  }
  return sum;
}

function checksumTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
    return sum >>> 0;
  });
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
