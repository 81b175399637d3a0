// Windowed-sinc low-pass kernels for rational resampling, one per output phase.

/** Named designs; see {@link filters}. */
export type FilterName = "sharp" | "kaiser-best" | "hann";

/** A windowed-sinc design: how wide, where it cuts, and its window. */
export interface Filter {
  /** Zero crossings on each side; wider is steeper and slower. */
  readonly width: number;
  /** Cut-off (−6 dB) as a fraction of the lower Nyquist frequency. */
  readonly rolloff: number;
  /** Kaiser window's beta; null is the Hann window. */
  readonly beta: number | null;
}

/**
 * `sharp`, the default: flat to 7 kHz, below −100 dB from 8 kHz on, so nothing audible folds back.
 * `kaiser-best`: the widely used setting of that name; its alias at exactly 8 kHz is −62 dB.
 * `hann`: torchaudio's default; fast and leaky, for parity with features made that way.
 *
 * @see https://docs.pytorch.org/audio/stable/tutorials/audio_resampling_tutorial.html
 */
export const filters: Readonly<Record<FilterName, Filter>> = {
  sharp: { width: 64, rolloff: 0.94, beta: 10 },
  "kaiser-best": { width: 64, rolloff: 0.9475937167399596, beta: 14.769656459379492 },
  hann: { width: 6, rolloff: 0.99, beta: null },
};

/** How one output phase reads its input: `taps` applied from `first` input samples after the block's start. */
export interface PhaseKernel {
  readonly first: number;
  readonly taps: Float64Array;
}

/** A rational rate change: every `up` outputs consume `down` inputs. */
export interface RatePlan {
  readonly up: number;
  readonly down: number;
  /** The furthest tap from an output's own position, in input samples. */
  readonly reach: number;
  /** Kernel of output phase 0 … up − 1, computed at first use. */
  kernel(phase: number): PhaseKernel;
}

const maxTableTaps = 2 ** 24; // 128 MB; all rates that share a factor of 25 with 16 kHz stay below 1 MB

/**
 * Plans the change from one rate to another.
 *
 * Tap i of phase p is h(i/down − p/up) with h(t) = sinc(base·t)·window(base·t/width)·base/down and
 * base = rolloff·min(up, down); t counts blocks of `down` input samples.
 *
 * @param fromRate Hz, a positive integer
 * @param toRate Hz, a positive integer
 * @throws RangeError if a rate is not a positive integer or the two share too few factors to be tabled
 * @see Smith, Digital Audio Resampling, https://ccrma.stanford.edu/~jos/resample/
 */
export function planRate(fromRate: number, toRate: number, filter: Filter): RatePlan {
  for (const rate of [fromRate, toRate])
    if (!Number.isInteger(rate) || rate <= 0)
      throw new RangeError(`resample: sampleRate is ${rate}; expected Hz, e.g. 44100`);
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const down = fromRate / divisor;
  const up = toRate / divisor;
  const base = Math.min(up, down) * filter.rolloff;
  const reach = Math.ceil((filter.width * down) / base);
  if (up * 2 * reach > maxTableTaps)
    throw new RangeError(
      `resample: ${fromRate} Hz to ${toRate} Hz needs ${up} kernels of ${2 * reach} taps; expected rates that share a factor, e.g. 44100 and 16000; convert with another tool first`,
    );
  const kernels = new Array<PhaseKernel | undefined>(up);
  const kernel = (phase: number) => (kernels[phase] ??= phaseKernel(phase, { up, down, base }, filter));
  return { up, down, reach, kernel };
}

function phaseKernel(
  phase: number,
  { up, down, base }: { up: number; down: number; base: number },
  filter: Filter,
) {
  const { width, beta } = filter;
  const centre = (phase * down) / up; // the output's place in input samples
  const halfSpan = (width * down) / base;
  const first = Math.ceil(centre - halfSpan);
  const last = Math.floor(centre + halfSpan);
  const taps = new Float64Array(last - first + 1);
  for (let i = 0; i < taps.length; i++) {
    const t = base * ((first + i) / down - phase / up); // in zero crossings
    taps[i] = (sinc(t) * window(t / width, beta) * base) / down;
  }
  return { first, taps };
}

function sinc(t: number): number {
  return t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
}

function window(x: number, beta: number | null): number {
  if (beta === null) return Math.cos((Math.PI * x) / 2) ** 2;
  return besselI0(beta * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(beta);
}

/** I₀(x) = Σ ((x/2)^k / k!)², to double precision. */
export function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
