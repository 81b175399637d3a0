// Resampling: parity with torchaudio, measured pass band and aliases, streaming to the bit.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concatSamples, createResampler, resample } from "./resample.js";
import type { FilterName } from "./resample-kernel.js";

const rates = [8000, 11025, 22050, 44100, 48000, 96000, 192000];
const outputRate = 16000;

describe("resample", () => {
  const golden = readGolden(new URL("./resample.golden.safetensors", import.meta.url));
  const torchTolerance = 2e-7; // both are float64 inside; the outputs are rounded to float32 and about 1
  for (const filter of ["hann", "kaiser-best"] as const)
    it.each(rates)(`gives torchaudio's values with filter ${filter} from %i Hz`, (fromRate) => {
      const expected = golden(`${filter}.${fromRate}`);
      const actual = resample(golden("input"), { fromRate, filter });
      expect(actual.length).toBe(expected.length);
      expect(largestDifference(actual, expected)).toBeLessThan(torchTolerance);
    });

  it.each(rates)("passes tones up to 7 kHz within 0.1 dB from %i Hz", (fromRate) => {
    const top = Math.min(7000, 0.43 * fromRate);
    for (const hertz of [50, 300, 1000, 0.5 * top, 0.8 * top, 0.95 * top, top]) {
      const { gain, residual } = toneResponse(fromRate, hertz, "sharp");
      expect(Math.abs(decibels(gain)), `${hertz} Hz`).toBeLessThan(0.1);
      expect(decibels(residual), `images of ${hertz} Hz`).toBeLessThan(-80);
    }
  });

  it.each(rates.filter((rate) => rate > outputRate))(
    "keeps aliases of tones above 8 kHz below -80 dB from %i Hz",
    (fromRate) => {
      const nyquist = fromRate / 2;
      for (const hertz of [8001, 8050, 8100, 8500, 9000, 10000, 0.9 * nyquist, nyquist - 10].filter(
        (f) => f > 8000 && f < nyquist,
      ))
        expect(decibels(toneLevel(fromRate, hertz, "sharp")), `${hertz} Hz`).toBeLessThan(-80);
    },
  );

  it("has the alias at 8 kHz that made kaiser-best not the default", () => {
    expect(decibels(toneLevel(44100, 8001, "kaiser-best"))).toBeGreaterThan(-65);
  });

  it.each(rates)("gives the same bits for any division of the signal from %i Hz", (fromRate) => {
    const samples = noise(5000);
    const whole = resample(samples, { fromRate });
    for (const blockLength of [1, 7, 441, 4096]) {
      const resampler = createResampler({ fromRate });
      const blocks: Float32Array[] = [];
      for (let start = 0; start < samples.length; start += blockLength)
        blocks.push(resampler.push(samples.subarray(start, start + blockLength)));
      expect(concatSamples([...blocks, resampler.flush()])).toEqual(whole);
    }
  });

  it("gives ceil(samples · 16000 / rate) samples", () => {
    for (const [fromRate, count] of [
      [44100, 1],
      [44100, 441],
      [44100, 442],
      [8000, 3],
      [48000, 100],
      [22050, 0],
    ] as const)
      expect(resample(new Float32Array(count), { fromRate }).length).toBe(
        Math.ceil((count * outputRate) / fromRate),
      );
  });

  it("leaves a signal at the target rate as it is", () => {
    const samples = noise(100);
    expect(resample(samples, { fromRate: 16000 })).toEqual(samples);
  });

  it("refuses rates that are no rates", () => {
    for (const fromRate of [0, -8000, 44100.5, NaN, Infinity])
      expect(() => resample(noise(10), { fromRate })).toThrow(
        `resample: sampleRate is ${fromRate}; expected Hz, e.g. 44100`,
      );
    expect(() => resample(noise(10), { fromRate: 383999 })).toThrow(
      /needs 16000 kernels of \d+ taps; expected rates that share a factor/,
    );
  });

  it("refuses filters that do not exist", () => {
    expect(() => resample(noise(10), { fromRate: 8000, filter: "cubic" as FilterName })).toThrow(
      'resample: filter is "cubic"; expected one of sharp, kaiser-best, hann',
    );
  });
});

/** Amplitude of a tone in the output, and of everything else there. */
function toneResponse(
  fromRate: number,
  hertz: number,
  filter: FilterName,
): { gain: number; residual: number } {
  const output = steadyOutput(fromRate, hertz, filter);
  // Least squares on sine and cosine: over many periods they are orthogonal only roughly, so solve the 2 × 2 system.
  let [ss, sc, cc, sy, cy] = [0, 0, 0, 0, 0];
  const basis = (i: number) =>
    [
      Math.sin((2 * Math.PI * hertz * i) / outputRate),
      Math.cos((2 * Math.PI * hertz * i) / outputRate),
    ] as const;
  output.forEach((y, i) => {
    const [s, c] = basis(i);
    ss += s * s;
    sc += s * c;
    cc += c * c;
    sy += s * y;
    cy += c * y;
  });
  const determinant = ss * cc - sc * sc;
  const a = (sy * cc - cy * sc) / determinant;
  const b = (cy * ss - sy * sc) / determinant;
  const rest = output.map((y, i) => y - a * basis(i)[0] - b * basis(i)[1]);
  return { gain: Math.hypot(a, b), residual: level(rest) };
}

/** Amplitude that a tone leaves in the output. */
function toneLevel(fromRate: number, hertz: number, filter: FilterName): number {
  return level(steadyOutput(fromRate, hertz, filter));
}

/** The output for a tone of amplitude 1, without its first and last 0.1 s. */
function steadyOutput(fromRate: number, hertz: number, filter: FilterName): Float32Array {
  const samples = Float32Array.from({ length: fromRate * 0.5 }, (_, i) =>
    Math.sin((2 * Math.PI * hertz * i) / fromRate),
  );
  return resample(samples, { fromRate, filter }).slice(0.1 * outputRate, 0.4 * outputRate);
}

function level(samples: Float32Array): number {
  return Math.sqrt((2 * samples.reduce((sum, sample) => sum + sample * sample, 0)) / samples.length);
}

function decibels(amplitude: number): number {
  return 20 * Math.log10(amplitude + 1e-12);
}

function noise(count: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: count }, () => (seed = (seed * 48271) % 2147483647) / 2147483648 - 0.5);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

function readGolden(url: URL): (name: string) => Float32Array {
  const bytes = readFileSync(url);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerBytes)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  return (name) => {
    const [start, end] = header[name]!.data_offsets.map((offset) => 8 + headerBytes + offset) as [
      number,
      number,
    ];
    return new Float32Array(new Uint8Array(bytes.subarray(start, end)).buffer);
  };
}
