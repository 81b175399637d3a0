// Matrix products, kept on the kernels that are fast.
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** One factor of a product: a stack of matrices [lead, rows, columns], or of their transposes. */
export interface Factor {
  readonly handle: TfTensor;
  readonly transposed: boolean;
}

/** Whether the current device multiplies by a transposed matrix without moving it. wasm has a slow loop for it. */
export function readsTransposed(tf: TensorFlow): boolean {
  return tf.getBackend() !== "wasm";
}

/**
 * [lead, m, k] * [lead, k, n] -> [lead, m, n]
 *
 * wasm multiplies a single pair of matrices some 30 times faster than it does a stack, hence the loop.
 */
export function stackedProduct(tf: TensorFlow, a: Factor, b: Factor): TfTensor {
  const lead = a.handle.shape[0]!;
  if (readsTransposed(tf)) return tf.matMul(a.handle, b.handle, a.transposed, b.transposed);
  const [x, y] = [untransposed(tf, a), untransposed(tf, b)];
  if (lead === 1) return tf.matMul(x, y);
  const [, m, k] = x.shape as [number, number, number]; // three axes, as Factor says
  const n = y.shape[2]!;
  const products = Array.from({ length: lead }, (_, i) =>
    tf.tidy(() => tf.matMul(tf.slice(x, [i, 0, 0], [1, m, k]), tf.slice(y, [i, 0, 0], [1, k, n]))),
  );
  return tf.concat(products, 0);
}

function untransposed(tf: TensorFlow, { handle, transposed }: Factor): TfTensor {
  return transposed ? tf.transpose(handle, [0, 2, 1]) : handle;
}
