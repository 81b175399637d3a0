// Matrix products and convolutions of the reference backend.
import type { Conv1dAttrs } from "../graph/ops.js";

/** [batch, m, k] * [batch, k, n] -> [batch, m, n] */
export function matMul(
  a: Float64Array,
  b: Float64Array,
  batch: number,
  m: number,
  k: number,
  n: number,
): Float64Array {
  const y = new Float64Array(batch * m * n);
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      const row = y.subarray((s * m + i) * n, (s * m + i + 1) * n);
      for (let l = 0; l < k; l++) {
        const x = a[(s * m + i) * k + l]!;
        const from = (s * k + l) * n;
        for (let j = 0; j < n; j++) row[j]! += x * b[from + j]!;
      }
    }
  }
  return y;
}

/** Sizes of a convolution x [batch, cin, time] * w [cout, cin / groups, kernel] = y [batch, cout, frames]. */
export interface Conv1dSizes {
  readonly batch: number;
  readonly cin: number;
  readonly time: number;
  readonly cout: number;
  readonly kernel: number;
  readonly frames: number;
}

/**
 * Calls `run` for each (batch, output channel, input channel, tap) with flat offsets and the range of frames
 * whose tap falls inside the input: y[yAt + t] pairs with x[xAt + t * stride] and w[wAt].
 */
function eachTap(
  { batch, cin, time, cout, kernel, frames }: Conv1dSizes,
  { stride, padding, dilation, groups }: Conv1dAttrs,
  run: (xAt: number, wAt: number, yAt: number, first: number, end: number) => void,
): void {
  const perGroup = cin / groups;
  const outPerGroup = cout / groups;
  for (let k = 0; k < kernel; k++) {
    const shift = k * dilation - padding[0];
    const first = Math.max(0, Math.ceil(-shift / stride));
    const end = Math.min(frames, Math.floor((time - 1 - shift) / stride) + 1);
    if (end <= first) continue;
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < cout; o++) {
        const group = Math.floor(o / outPerGroup);
        for (let c = 0; c < perGroup; c++) {
          const x = (b * cin + group * perGroup + c) * time + shift;
          run(x, (o * perGroup + c) * kernel + k, (b * cout + o) * frames, first, end);
        }
      }
    }
  }
}

export function conv1d(
  x: Float64Array,
  w: Float64Array,
  sizes: Conv1dSizes,
  attrs: Conv1dAttrs,
): Float64Array {
  const y = new Float64Array(sizes.batch * sizes.cout * sizes.frames);
  eachTap(sizes, attrs, (xAt, wAt, yAt, first, end) => {
    const weight = w[wAt]!;
    for (let t = first; t < end; t++) y[yAt + t]! += weight * x[xAt + t * attrs.stride]!;
  });
  return y;
}

/** (dy, w) -> dx */
export function conv1dInputGradient(
  dy: Float64Array,
  w: Float64Array,
  sizes: Conv1dSizes,
  attrs: Conv1dAttrs,
): Float64Array {
  const dx = new Float64Array(sizes.batch * sizes.cin * sizes.time);
  eachTap(sizes, attrs, (xAt, wAt, yAt, first, end) => {
    const weight = w[wAt]!;
    for (let t = first; t < end; t++) dx[xAt + t * attrs.stride]! += weight * dy[yAt + t]!;
  });
  return dx;
}

/** (x, dy) -> dw */
export function conv1dWeightGradient(
  x: Float64Array,
  dy: Float64Array,
  sizes: Conv1dSizes,
  attrs: Conv1dAttrs,
): Float64Array {
  const dw = new Float64Array((sizes.cout * sizes.cin * sizes.kernel) / attrs.groups);
  eachTap(sizes, attrs, (xAt, wAt, yAt, first, end) => {
    let sum = 0;
    for (let t = first; t < end; t++) sum += x[xAt + t * attrs.stride]! * dy[yAt + t]!;
    dw[wAt]! += sum;
  });
  return dw;
}
