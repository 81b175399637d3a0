// The front end: zero mean and unit variance per clip.

const VARIANCE_EPS = 1e-7; // HF Wav2Vec2FeatureExtractor

/** (x - mean) / sqrt(variance + 1e-7) over one clip's own samples; sums in float64. */
export function normaliseSamples(samples: Float32Array): Float32Array {
  let sum = 0;
  for (const x of samples) sum += x;
  const mean = sum / samples.length;
  let squares = 0;
  for (const x of samples) squares += (x - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / samples.length + VARIANCE_EPS);
  return samples.map((x) => (x - mean) * scale);
}
