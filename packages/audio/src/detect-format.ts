// Which format a file is in, from its first bytes alone: names and extensions lie.

import { findMpegStream, type MpegFrame } from "./mpeg-frame.js";

/** A format and what its reader needs beside the bytes. */
export type DetectedFormat =
  | { readonly kind: "wav" | "sphere" | "au" | "aiff" | "flac" | "ogg" }
  | { readonly kind: "mp3"; readonly frame: MpegFrame }
  /** Boxes or elements around packets: MP4, WebM, ADTS, MPEG-TS. */
  | { readonly kind: "container"; readonly name: string }
  /** Known by name; no decoder here. */
  | { readonly kind: "other"; readonly name: string }
  /** Not audio; `guess` says what it looks like. */
  | { readonly kind: "unknown"; readonly guess: string };

/** How many bytes the search looks at. */
export const headBytes = 2 ** 16;

/** Signatures at fixed places; `?` matches any byte. */
const signatures: readonly (readonly [at: number, signature: string, format: DetectedFormat])[] = [
  [0, "RIFF????WAVE", { kind: "wav" }],
  [0, "RIFX????WAVE", { kind: "wav" }],
  [0, "RF64????WAVE", { kind: "wav" }],
  [0, "BW64????WAVE", { kind: "wav" }],
  [0, "NIST_1A", { kind: "sphere" }],
  [0, ".snd", { kind: "au" }],
  [0, "FORM????AIF", { kind: "aiff" }],
  [0, "fLaC", { kind: "flac" }],
  [0, "OggS", { kind: "ogg" }],
  [4, "ftyp", { kind: "container", name: "mp4" }],
  [4, "moov", { kind: "container", name: "mov" }],
  [4, "mdat", { kind: "container", name: "mov" }],
  [4, "wide", { kind: "container", name: "mov" }],
  [0, "\x1aE\xdf\xa3", { kind: "container", name: "webm" }],
  [0, "ADIF", { kind: "other", name: "AAC (ADIF)" }],
  [0, "#!AMR", { kind: "other", name: "AMR" }],
  [0, "caff", { kind: "other", name: "CAF" }],
  [0, "0&\xb2u\x8ef\xcf\x11", { kind: "other", name: "WMA/ASF" }],
  [0, "wvpk", { kind: "other", name: "WavPack" }],
  [0, "MAC ", { kind: "other", name: "Monkey's Audio" }],
  [0, "TTA1", { kind: "other", name: "True Audio" }],
  [0, "riff.\x91\xcf\x11", { kind: "other", name: "Wave64" }],
  [0, "RIFF????AVI ", { kind: "other", name: "AVI" }],
  [0, "FLV\x01", { kind: "other", name: "FLV" }],
  [0, "\x0bw", { kind: "other", name: "AC-3" }],
  [0, "MPCK", { kind: "other", name: "Musepack" }],
  [0, "MP+", { kind: "other", name: "Musepack" }],
  [0, "DSD ", { kind: "other", name: "DSF" }],
  [0, "MThd", { kind: "unknown", guess: "MIDI notes, which hold no recording" }],
  [0, "PK\x03\x04", { kind: "unknown", guess: "a zip archive" }],
  [0, "\x1f\x8b", { kind: "unknown", guess: "a gzip archive" }],
  [0, "\x89PNG", { kind: "unknown", guess: "a PNG image" }],
  [0, "\xff\xd8\xff", { kind: "unknown", guess: "a JPEG image" }],
  [0, "%PDF", { kind: "unknown", guess: "a PDF document" }],
];

/**
 * Recognises a format.
 *
 * @param head the first bytes, after any ID3v2 tag; {@link headBytes} of them where the file has as many
 */
export function detectFormat(head: Uint8Array): DetectedFormat {
  for (const [at, signature, format] of signatures) if (matches(head, at, signature)) return format;
  if (isAdts(head)) return { kind: "container", name: "aac" };
  if (head[0] === 0x47 && head[188] === 0x47 && head[376] === 0x47)
    return { kind: "container", name: "mpeg-ts" };
  if (isText(head))
    return { kind: "unknown", guess: `a text file that begins ${JSON.stringify(firstWords(head))}` };
  const frame = findMpegStream(head, headBytes);
  if (frame) return { kind: "mp3", frame };
  const start = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return { kind: "unknown", guess: `data that begins ${start}, or samples without a header` };
}

/** @returns how many bytes of ID3v2 tag lie at the start; 0 for none */
export function id3Bytes(head: Uint8Array): number {
  if (!matches(head, 0, "ID3") || head.length < 10 || head.subarray(6, 10).some((byte) => byte > 127))
    return 0;
  const size = head.subarray(6, 10).reduce((sum, byte) => sum * 128 + byte, 0);
  return 10 + size + (head[5]! & 0x10 ? 10 : 0); // a footer repeats the header
}

function matches(head: Uint8Array, at: number, signature: string): boolean {
  if (head.length < at + signature.length) return false;
  for (let i = 0; i < signature.length; i++)
    if (signature[i] !== "?" && signature.charCodeAt(i) !== head[at + i]) return false;
  return true;
}

/** Two ADTS headers in a row: 12 ones, layer 0, then the frame's size in 13 bits. */
function isAdts(head: Uint8Array): boolean {
  const isHeader = (at: number) => head[at] === 0xff && (head[at + 1]! & 0xf6) === 0xf0;
  if (head.length < 7 || !isHeader(0)) return false;
  const size = ((head[3]! & 3) << 11) | (head[4]! << 3) | (head[5]! >> 5);
  return size >= 7 && (size + 1 >= head.length || isHeader(size));
}

function isText(head: Uint8Array): boolean {
  const sample = head.subarray(0, 512);
  return sample.length > 0 && sample.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}

function firstWords(head: Uint8Array): string {
  return new TextDecoder()
    .decode(head.subarray(0, 24))
    .replace(/\s+/g, " ")
    .replace(/\uFFFD/g, "");
}
