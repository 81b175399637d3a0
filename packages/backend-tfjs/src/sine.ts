// Sine and cosine where the device's own are coarse: WGSL promises 2^-11, GLSL nothing.
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** Pi in three parts with few bits each, so that k times the first two is exact; Cody and Waite 1980 */
const PI_PARTS = [3.140625, 9.67502593994140625e-4, 1.509957990978376e-7];
/** Coefficients of r^3, r^5 … r^11 in sin r; the next, on [-pi/2, pi/2], is below 6e-8. */
const TAYLOR = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800];

export function sin(tf: TensorFlow, x: TfTensor): TfTensor {
  return isCoarse(tf) ? alternatingSine(tf, x, 0) : tf.sin(x);
}

/** cos x = sin(x + pi / 2) */
export function cos(tf: TensorFlow, x: TfTensor): TfTensor {
  return isCoarse(tf) ? alternatingSine(tf, x, 0.5) : tf.cos(x);
}

function isCoarse(tf: TensorFlow): boolean {
  return tf.getBackend() === "webgl" || tf.getBackend() === "webgpu";
}

/** sin(x + shift pi): with k the whole number nearest to x / pi + shift and r what is left, (-1)^k sin r. */
function alternatingSine(tf: TensorFlow, x: TfTensor, shift: number): TfTensor {
  const k = tf.floor(tf.add(tf.mul(x, 1 / Math.PI), 0.5 + shift));
  const turns = tf.sub(k, shift);
  const r = PI_PARTS.reduce<TfTensor>((rest, part) => tf.sub(rest, tf.mul(turns, part)), x);
  const square = tf.mul(r, r);
  const series = TAYLOR.reduceRight<TfTensor>((sum, c) => tf.add(tf.mul(sum, square), c), tf.zerosLike(x));
  const odd = tf.sub(k, tf.mul(tf.floor(tf.mul(k, 0.5)), 2)); // 0 or 1
  const sine = tf.add(r, tf.mul(tf.mul(r, square), series));
  return tf.mul(sine, tf.sub(1, tf.mul(odd, 2)));
}
