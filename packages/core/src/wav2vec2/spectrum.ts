// Power spectrum of a real signal, by the fast Fourier transform in float64.

/** |X(k)|² for k = 0 … n / 2; the length n of `signal` is a power of two. */
export function realSpectrum(signal: Float64Array): Float64Array {
  const n = signal.length;
  const real = new Float64Array(n);
  const imaginary = new Float64Array(n);
  const bits = Math.log2(n);
  for (let i = 0; i < n; i++) real[reversed(i, bits)] = signal[i]!;
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let even = k; even < n; even += size) {
        const odd = even + size / 2;
        const re = real[odd]! * c - imaginary[odd]! * s;
        const im = real[odd]! * s + imaginary[odd]! * c;
        real[odd] = real[even]! - re;
        imaginary[odd] = imaginary[even]! - im;
        real[even]! += re;
        imaginary[even]! += im;
      }
    }
  }
  return Float64Array.from({ length: n / 2 + 1 }, (_, k) => real[k]! ** 2 + imaginary[k]! ** 2);
}

/** The lowest `bits` bits of i in reverse. */
function reversed(i: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= ((i >> bit) & 1) << (bits - 1 - bit);
  return result;
}
