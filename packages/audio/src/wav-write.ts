// Writes mono samples as 16-bit PCM WAV.

const headerBytes = 44;

/**
 * Encodes samples as a WAV file.
 *
 * @param samples [samples] float32; beyond −1 … 1 is clipped
 * @param sampleRate Hz, a positive integer
 * @returns the file: 44 bytes of header, then 16-bit little-endian PCM scaled by 2^15, so that reading it gives the same
 *   values to half a step
 * @throws RangeError if sampleRate is not a positive integer, a sample is NaN, or the file would pass 4 GB
 */
export function writeWav(samples: Float32Array, sampleRate = 16000): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(sampleRate) || sampleRate <= 0)
    throw new RangeError(`writeWav: sampleRate is ${sampleRate}; expected Hz, e.g. 16000`);
  const dataBytes = samples.length * 2;
  if (dataBytes + headerBytes > 0xffffffff)
    throw new RangeError(
      `writeWav: ${samples.length} samples need ${dataBytes} bytes; WAV holds less than 4 GB; write several files`,
    );
  const view = new DataView(new ArrayBuffer(headerBytes + dataBytes));
  const ascii = (at: number, text: string) =>
    [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  ascii(0, "RIFF");
  view.setUint32(4, headerBytes - 8 + dataBytes, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format chunk
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true); // bytes per second
  view.setUint16(32, 2, true); // bytes per frame
  view.setUint16(34, 16, true); // bits per sample
  ascii(36, "data");
  view.setUint32(40, dataBytes, true);
  samples.forEach((sample, i) => {
    if (Number.isNaN(sample))
      throw new RangeError(`writeWav: sample ${i} is NaN; expected a number; check what made it`);
    view.setInt16(
      headerBytes + 2 * i,
      Math.max(-(2 ** 15), Math.min(2 ** 15 - 1, Math.round(sample * 2 ** 15))),
      true,
    );
  });
  return new Uint8Array(view.buffer);
}
