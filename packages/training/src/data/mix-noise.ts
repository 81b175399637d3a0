// Adds a noise to speech at a signal-to-noise ratio.

/** How a noise is added. */
export interface NoiseLevel {
  /** Decibels of the speech over the noise. */
  readonly snr: number;
  /** In [0, 1): where in the noise to begin, from the earliest stretch that is long enough to the last. Default 0. */
  readonly place?: number;
}

/**
 * Speech x with a stretch n of noise, as long as the speech: y = x + a n, a² = ‖x‖² / ‖n‖² · 10^(−snr / 10). Noise that
 * is shorter than the speech is repeated.
 *
 * @param samples [samples] float32, the speech
 * @param noise [any length] float32, of the same sample rate
 * @returns [samples] float32, new; `samples` itself if they or the stretch of noise are silent
 * @see torchaudio.functional.add_noise, https://docs.pytorch.org/audio/stable/generated/torchaudio.functional.add_noise.html
 */
export function mixNoise(
  samples: Float32Array,
  noise: Float32Array,
  { snr, place = 0 }: NoiseLevel,
): Float32Array {
  const stretch = stretchOf(noise, samples.length, place);
  const [signal, disturbance] = [energy(samples), energy(stretch)];
  if (signal === 0 || disturbance === 0) return samples;
  const scale = Math.sqrt((signal / disturbance) * 10 ** (-snr / 10));
  return samples.map((x, i) => x + scale * stretch[i]!); // as long as samples
}

function stretchOf(noise: Float32Array, length: number, place: number): Float32Array {
  const spare = noise.length - length;
  if (spare >= 0) {
    const start = Math.floor(place * (spare + 1));
    return noise.subarray(start, start + length);
  }
  const start = Math.floor(place * noise.length); // anywhere, for it goes round
  return new Float32Array(length).map((_, i) => noise[(start + i) % noise.length] ?? 0); // none in an empty noise
}

function energy(samples: Float32Array): number {
  let squares = 0;
  for (const x of samples) squares += x * x;
  return squares;
}
