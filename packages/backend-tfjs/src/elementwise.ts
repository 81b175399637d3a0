// Ops that treat each element alike, and what it takes for their kernels to agree on every device.
import { broadcasting } from "./layout.js";
import { arranged, type Arranged, type Call, type Operand } from "./operand.js";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** A rule that runs `kernel` on its one input. */
export function unary(kernel: (tf: TensorFlow, x: TfTensor) => TfTensor) {
  return ([x]: readonly [Operand], { tf }: Call<unknown>): Arranged => ({
    handle: broadcasting(tf, [x.handle], (handle) => kernel(tf, handle!)),
    order: x.order,
  });
}

/** A rule that runs `kernel` on its two inputs, in the order of axes that moves the fewest elements. */
export function binary(kernel: (tf: TensorFlow, a: TfTensor, b: TfTensor) => TfTensor) {
  return ([a, b]: readonly [Operand, Operand], { tf }: Call<unknown>): Arranged => {
    const { order } = b.handle.size > a.handle.size ? b : a;
    const handles = [arranged(tf, a, order), arranged(tf, b, order)];
    return { handle: broadcasting(tf, handles, (x, y) => kernel(tf, x!, y!)), order };
  };
}

/** int32 division that truncates towards zero; the runtime's rounds down. */
export function truncatedDiv(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  const size = tf.floorDiv(tf.abs(a), tf.abs(b));
  return tf.mul(size, tf.mul(tf.sign(a), tf.sign(b)));
}

/** The larger or smaller of two; NaN if either is. */
export function extremum(kernel: "maximum" | "minimum") {
  return (tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor => {
    const y = tf[kernel](a, b);
    if (a.dtype !== "float32" || tf.getBackend() !== "wasm") return y;
    return tf.where(tf.notEqual(b, b), b, y); // wasm gives a if b is NaN
  };
}
