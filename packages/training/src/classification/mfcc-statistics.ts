// Mean and deviation of mel-frequency cepstral coefficients: what a classifier hears without any encoder, a baseline.
import { logFilterBanks } from "@wav2vec/core";

const BINS = 40;
const COEFFICIENTS = 20;

/**
 * The statistics of one clip: means, then deviations, of coefficients 0 to 19 (40 mel bins, 25 ms every 10 ms).
 *
 * @param samples 16 kHz mono, at least 400
 * @returns [40]
 * @see Davis and Mermelstein 1980; Kaldi's filter banks, orthonormal DCT-II, no lifter
 */
export function mfccStatistics(samples: Float32Array): Float32Array {
  const banks = logFilterBanks(samples, BINS);
  const frames = banks.length / BINS;
  const cosines = Float64Array.from({ length: COEFFICIENTS * BINS }, (_, i) =>
    Math.cos((Math.PI * Math.floor(i / BINS) * ((i % BINS) + 0.5)) / BINS),
  );
  const sums = new Float64Array(COEFFICIENTS);
  const squares = new Float64Array(COEFFICIENTS);
  for (let frame = 0; frame < frames; frame++) {
    const bins = banks.subarray(frame * BINS, (frame + 1) * BINS);
    for (let c = 0; c < COEFFICIENTS; c++) {
      const scale = Math.sqrt((c === 0 ? 1 : 2) / BINS);
      const value = scale * bins.reduce((sum, x, k) => sum + x * cosines[c * BINS + k]!, 0);
      sums[c]! += value;
      squares[c]! += value * value;
    }
  }
  const means = sums.map((sum) => sum / frames);
  const deviations = squares.map((sum, c) => Math.sqrt(Math.max(0, sum / frames - means[c]! ** 2)));
  return Float32Array.of(...means, ...deviations);
}
