// Builds FLAC files with verbatim subframes, so that tests need no encoder.

import { ascii, join } from "./wav-fixture.js";

/**
 * @param samples 16-bit integers, mono
 * @param blockLength samples per frame; the last may be shorter
 * @returns a native FLAC file at 16 kHz
 * @see RFC 9639
 */
export function flacFile(samples: readonly number[], blockLength = 256): Uint8Array {
  const streamInfo = new DataView(new ArrayBuffer(34));
  streamInfo.setUint16(0, blockLength);
  streamInfo.setUint16(2, blockLength);
  // 20 bits of rate, 3 of channels − 1, 5 of bits − 1, 36 of samples
  streamInfo.setBigUint64(10, (16000n << 44n) | (15n << 36n) | BigInt(samples.length));
  const frames: Uint8Array[] = [];
  for (let start = 0; start < samples.length; start += blockLength)
    frames.push(frame(frames.length, samples.slice(start, start + blockLength)));
  return join([ascii("fLaC"), Uint8Array.of(0x80, 0, 0, 34), new Uint8Array(streamInfo.buffer), ...frames]);
}

function frame(index: number, samples: readonly number[]): Uint8Array {
  // Sync, fixed block size; size in 16 bits at the end of the header, 16 kHz; mono, 16 bit; index as one or two UTF-8 bytes.
  const number = index < 128 ? [index] : [0xc0 | (index >> 6), 0x80 | (index & 63)];
  const header = [
    0xff,
    0xf8,
    0x75,
    0x08,
    ...number,
    ((samples.length - 1) >> 8) & 255,
    (samples.length - 1) & 255,
  ];
  const body = samples.flatMap((sample) => [(sample >> 8) & 255, sample & 255]);
  const unchecked = [...header, crc(header, 8, 0x07), 0x02, ...body]; // 0x02: a verbatim subframe
  const sum = crc(unchecked, 16, 0x8005);
  return Uint8Array.from([...unchecked, sum >> 8, sum & 255]);
}

function crc(bytes: readonly number[], width: number, polynomial: number): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++)
      sum = ((sum << 1) ^ (sum >> (width - 1) ? polynomial : 0)) & (2 ** width - 1);
  }
  return sum;
}
