// Band-limited change of sample rate, for a whole signal and for a stream with bit-identical results.

import { filters, planRate, type FilterName } from "./resample-kernel.js";

/** Rates and filter of a change of sample rate. */
export interface ResampleOptions {
  /** Hz of the input. */
  readonly fromRate: number;
  /** Hz of the output. Default 16000. */
  readonly toRate?: number;
  /** Low-pass design. Default `sharp`. */
  readonly filter?: FilterName;
}

/** A change of sample rate in progress: what `push` and `flush` return, joined, is the whole output. */
export interface Resampler {
  /** @returns the outputs that these samples complete */
  push(samples: Float32Array): Float32Array;
  /** @returns the last outputs; the resampler is then finished */
  flush(): Float32Array;
}

/**
 * Changes the sample rate of a whole signal. Output k is the band-limited input at time k / toRate.
 *
 * @param samples [samples] float32
 * @returns [ceil(samples · toRate / fromRate)] float32
 * @throws RangeError if a rate is not a positive integer
 */
export function resample(samples: Float32Array, options: ResampleOptions): Float32Array {
  const resampler = createResampler(options);
  const blocks: Float32Array[] = [];
  for (let start = 0; start < samples.length; start += 2 ** 16)
    blocks.push(resampler.push(samples.subarray(start, start + 2 ** 16)));
  return concatSamples([...blocks, resampler.flush()]);
}

/**
 * Changes the sample rate of a signal that arrives in blocks; memory is one kernel beside the block.
 *
 * @throws RangeError if a rate is not a positive integer
 */
export function createResampler(options: ResampleOptions): Resampler {
  const { fromRate, toRate = 16000, filter = "sharp" } = options;
  if (!Object.hasOwn(filters, filter))
    throw new RangeError(
      `resample: filter is ${JSON.stringify(filter)}; expected one of ${Object.keys(filters).join(", ")}`,
    );
  if (fromRate === toRate) return { push: (samples) => samples.slice(), flush: () => new Float32Array(0) };

  const { up, down, reach, kernel } = planRate(fromRate, toRate, filters[filter]);
  let held = new Float64Array(reach); // zeros before the start: taps reach back that far
  let heldStart = -reach; // the input index of held[0]
  let received = 0; // input samples so far
  let produced = 0; // output samples so far

  const produce = (end: number): Float32Array => {
    const output = new Float32Array(Math.max(0, end - produced));
    for (let k = 0; k < output.length; k++, produced++) {
      const { first, taps } = kernel(produced % up);
      output[k] = dot(held, Math.floor(produced / up) * down + first - heldStart, taps);
    }
    const needed = Math.floor(produced / up) * down - reach; // nothing before it is read again
    if (needed > heldStart) {
      held = held.slice(Math.min(needed - heldStart, held.length));
      heldStart = needed;
    }
    return output;
  };

  const append = (samples: Float32Array) => {
    const joined = new Float64Array(held.length + samples.length);
    joined.set(held);
    joined.set(samples, held.length);
    held = joined;
  };

  return {
    push(samples) {
      append(samples);
      received += samples.length;
      // Output k reads up to floor(k·down/up) + reach: the first that reads past the end waits.
      return produce(Math.max(produced, Math.floor(((received - reach - 1) * up) / down)));
    },
    flush() {
      append(new Float32Array(reach + down)); // zeros after the end
      return produce(Math.ceil((received * up) / down));
    },
  };
}

/** Joins blocks of samples. */
export function concatSamples(blocks: readonly Float32Array[]): Float32Array {
  if (blocks.length === 1) return blocks[0]!;
  const joined = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let offset = 0;
  for (const block of blocks) {
    joined.set(block, offset);
    offset += block.length;
  }
  return joined;
}

/** Σ held[start + i]·taps[i], in four sums so that the processor can overlap them. */
function dot(held: Float64Array, start: number, taps: Float64Array): number {
  const count = taps.length;
  const even = count - (count % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0, j = start; i < even; i += 4, j += 4) {
    a += held[j]! * taps[i]!;
    b += held[j + 1]! * taps[i + 1]!;
    c += held[j + 2]! * taps[i + 2]!;
    d += held[j + 3]! * taps[i + 3]!;
  }
  for (let i = even; i < count; i++) a += held[start + i]! * taps[i]!;
  return a + b + (c + d);
}
