// The front end of w2v-BERT: Kaldi's logarithmic mel filter banks, normalised per bin, neighbours stacked. On the host.
import { realSpectrum } from "./spectrum.js";

const SAMPLE_RATE = 16_000; // Hz
const FRAME = 400; // samples, 25 ms
const HOP = 160; // samples, 10 ms
const FFT_SIZE = 512;
const LOWEST_HZ = 20;
const PREEMPHASIS = 0.97;
const FULL_SCALE = 2 ** 15; // Kaldi hears 16-bit integers
const POWER_FLOOR = 2 ** -23; // float32 epsilon, Kaldi's floor under the logarithm
const VARIANCE_EPS = 1e-7;

/**
 * What w2v-BERT hears of one clip. A last frame without its neighbours is dropped (HF masks it).
 *
 * @param samples 16 kHz mono, at least `FRAME + (stacked - 1) * HOP`
 * @returns [frames, stacked * bins]
 * @see HF SeamlessM4TFeatureExtractor; kaldi-asr.org compute-fbank-feats
 */
export function filterBanks(
  samples: Float32Array,
  { bins, stacked }: { readonly bins: number; readonly stacked: number },
): Float32Array {
  const banks = logFilterBanks(samples, bins);
  const all = banks.length / bins;
  normaliseBins(banks, bins);
  return Float32Array.from(banks.subarray(0, Math.floor(all / stacked) * stacked * bins));
}

/**
 * Kaldi's logarithmic mel filter banks as they are, a frame of 25 ms every 10 ms.
 *
 * @param samples 16 kHz mono; none if there are less than 400
 * @returns [frames, bins]
 */
export function logFilterBanks(samples: Float32Array, bins: number): Float64Array {
  const all = Math.max(0, Math.floor((samples.length - FRAME) / HOP) + 1);
  const banks = new Float64Array(all * bins);
  const filters = melFilters(bins);
  const window = poveyWindow();
  const frame = new Float64Array(FFT_SIZE);
  for (let i = 0; i < all; i++) {
    cutFrame(samples, i * HOP, window, frame);
    const power = realSpectrum(frame);
    filters.forEach(({ first, weights }, bin) => {
      const energy = weights.reduce((sum, weight, k) => sum + weight * power[first + k]!, 0);
      banks[i * bins + bin] = Math.log(Math.max(energy, POWER_FLOOR));
    });
  }
  return banks;
}

/** One frame without its mean, preemphasised and windowed; zeros behind it. */
function cutFrame(samples: Float32Array, start: number, window: Float64Array, frame: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < FRAME; i++) sum += samples[start + i]!;
  const mean = sum / FRAME;
  const centred = (i: number) => (samples[start + i]! - mean) * FULL_SCALE;
  for (let i = FRAME - 1; i >= 0; i--)
    frame[i] = (centred(i) - PREEMPHASIS * centred(Math.max(i - 1, 0))) * window[i]!;
}

/** Hann to the power of 0.85, named after Daniel Povey. */
function poveyWindow(): Float64Array {
  return Float64Array.from(
    { length: FRAME },
    (_, i) => (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (FRAME - 1))) ** 0.85,
  );
}

const mel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);

/** Triangles of equal width on the mel scale: weights of neighbouring FFT bins from `first` on. */
function melFilters(bins: number): readonly { readonly first: number; readonly weights: Float64Array }[] {
  const lowest = mel(LOWEST_HZ);
  const step = (mel(SAMPLE_RATE / 2) - lowest) / (bins + 1);
  const ofBin = Float64Array.from({ length: FFT_SIZE / 2 + 1 }, (_, k) => mel((k * SAMPLE_RATE) / FFT_SIZE));
  return Array.from({ length: bins }, (_, bin) => {
    const left = lowest + bin * step;
    const all = ofBin.map((at) => Math.max(0, Math.min((at - left) / step, (left + 2 * step - at) / step)));
    const first = all.findIndex((weight) => weight > 0);
    return first < 0
      ? { first: 0, weights: new Float64Array(0) }
      : { first, weights: all.slice(first, all.findLastIndex((weight) => weight > 0) + 1) };
  });
}

/** Each bin to mean 0 and variance 1 over the clip; the variance divides by count - 1. */
function normaliseBins(banks: Float64Array, bins: number): void {
  const frames = banks.length / bins;
  for (let bin = 0; bin < bins; bin++) {
    let sum = 0;
    for (let at = bin; at < banks.length; at += bins) sum += banks[at]!;
    const mean = sum / frames;
    let squares = 0;
    for (let at = bin; at < banks.length; at += bins) squares += (banks[at]! - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / (frames - 1) + VARIANCE_EPS);
    for (let at = bin; at < banks.length; at += bins) banks[at] = (banks[at]! - mean) * scale;
  }
}
