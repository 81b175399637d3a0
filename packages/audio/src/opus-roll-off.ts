// The low-pass that follows Opus decoding at 16 kHz, as a stream.
import { besselI0 } from "./resample-kernel.js";

/** Taps on each side. */
const reach = 24;
/** Cut-off as a fraction of 8 kHz. With the window below: −0.1 dB at 7 kHz, −3 dB at 7.5 kHz, −10 dB at 8 kHz. */
const cutoff = 0.96;
const kaiserBeta = 9;

/** A filter in progress; what `push` and `flush` return, joined, is as long as what went in. */
export interface RollOff {
  push(samples: Float32Array): Float32Array;
  flush(): Float32Array;
}

/** Of the windows tried this one comes closest to ffmpeg's two resamplings (16 → 48 → 16 kHz): −52 dB on AN4. */
export function createRollOff(): RollOff {
  const taps = lowPass();
  let held = new Float32Array(reach); // silence before the start
  const filter = (samples: Float32Array): Float32Array => {
    const input = new Float32Array(held.length + samples.length);
    input.set(held);
    input.set(samples, held.length);
    const output = new Float32Array(Math.max(0, input.length - 2 * reach));
    for (let n = 0; n < output.length; n++) {
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += taps[k]! * input[n + k]!;
      output[n] = sum;
    }
    held = input.slice(output.length);
    return output;
  };
  return { push: filter, flush: () => filter(new Float32Array(reach)) };
}

/** Kaiser-windowed sinc of unit gain at 0 Hz. */
function lowPass(): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const k = i - reach;
    const sinc = k === 0 ? cutoff : Math.sin(Math.PI * cutoff * k) / (Math.PI * k);
    return sinc * besselI0(kaiserBeta * Math.sqrt(1 - (k / reach) ** 2)); // the constant factor goes with the gain
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / gain);
}
