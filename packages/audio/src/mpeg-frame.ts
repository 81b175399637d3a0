// Headers of MPEG audio frames (MP3 and its older layers), to recognise a file by its content.

/** What an MPEG audio frame header says. */
export interface MpegFrame {
  readonly bytes: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly layer: 1 | 2 | 3;
}

const bitratesV1 = {
  1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
};
const bitratesV2 = {
  1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  2: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  3: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};

/**
 * Reads the four bytes of a frame header.
 *
 * @returns null when there is none at `at`
 * @see ISO/IEC 11172-3 §2.4.1.3
 */
function mpegFrame(bytes: Uint8Array, at: number): MpegFrame | null {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return null;
  const version = (bytes[at + 1]! >> 3) & 3; // 0: 2.5, 2: 2, 3: 1
  const layerBits = (bytes[at + 1]! >> 1) & 3;
  const rateIndex = (bytes[at + 2]! >> 2) & 3;
  if (version === 1 || layerBits === 0 || rateIndex === 3) return null;
  const layer = (4 - layerBits) as 1 | 2 | 3; // as: layerBits is 1, 2 or 3
  const kilobits = (version === 3 ? bitratesV1 : bitratesV2)[layer][(bytes[at + 2]! >> 4) - 1];
  if (kilobits === undefined) return null;
  const sampleRate = [44100, 48000, 32000][rateIndex]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const padding = (bytes[at + 2]! >> 1) & 1;
  const slots = layer === 1 ? 12 : layer === 3 && version !== 3 ? 72 : 144;
  const frameBytes =
    layer === 1
      ? (Math.floor((slots * kilobits * 1000) / sampleRate) + padding) * 4
      : Math.floor((slots * kilobits * 1000) / sampleRate) + padding;
  return { bytes: frameBytes, sampleRate, channels: bytes[at + 3]! >> 6 === 3 ? 1 : 2, layer };
}

/**
 * Looks for the start of an MPEG audio stream: three frames in a row that agree, or fewer up to the end of the bytes.
 *
 * @param most how far to look
 */
export function findMpegStream(bytes: Uint8Array, most: number): MpegFrame | null {
  for (let at = 0; at < Math.min(most, bytes.length - 4); at++) {
    const first = mpegFrame(bytes, at);
    if (first && continues(bytes, at, first)) return first;
  }
  return null;
}

function continues(bytes: Uint8Array, start: number, first: MpegFrame): boolean {
  let frame: MpegFrame | null = first;
  let at = start;
  for (let count = 1; count < 3; count++) {
    at += frame.bytes;
    // A file of one or two frames is believed only when it starts with them and ends where they end.
    if (at + 4 > bytes.length) return start === 0 || count === 2;
    frame = mpegFrame(bytes, at);
    if (!frame || frame.sampleRate !== first.sampleRate || frame.layer !== first.layer) return false;
  }
  return true;
}
