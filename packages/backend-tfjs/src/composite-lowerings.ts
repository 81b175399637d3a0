// Composites for which TensorFlow.js has something better than their decomposition; null runs the decomposition.
import type { CompositeAttrs, CompositeName, PerCompositeInput } from "@wav2vec/core";
import { unary } from "./elementwise.js";
import { full, type Arranged, type Call, type Operand } from "./operand.js";
import { readsTransposed, stackedProduct, type Factor } from "./products.js";
import type { TfTensor } from "./tensorflow.js";

type CompositeLowerings = {
  [N in CompositeName]:
    ((inputs: PerCompositeInput<N, Operand>, call: Call<CompositeAttrs<N>>) => TfTensor | Arranged) | null;
};

/** The order of a weight's axes that `linear` reads without moving it: [in, out]. */
export const INPUTS_FIRST = [1, 0];

export const compositeLowerings: CompositeLowerings = {
  /** Product and bias in one kernel. The weight is not passed as transposed: wasm's fused kernel then errs. */
  linear([x, weight, bias], { tf, shape }) {
    const a: TfTensor = tf.reshape(full(tf, x), [-1, x.shape.at(-1)!]);
    const b = full(tf, weight, INPUTS_FIRST);
    const y = bias ? tf.fused.matMul({ a, b, bias: full(tf, bias) }) : tf.matMul(a, b);
    return tf.reshape(y, [...shape]);
  },
  layerNorm: null,
  standardize: null,
  inverseDeviation: null,
  groupNorm: null,
  gelu: null,
  normalCdf: null,
  relu: unary((tf, x) => tf.relu(x)),
  sigmoid: unary((tf, x) => tf.sigmoid(x)),
  softmax([x], { tf, shape }) {
    return tf.reshape(tf.softmax(tf.reshape(full(tf, x), [-1, x.shape.at(-1)!])), [...shape]);
  },
  logSoftmax: null,
  scaleGradient: null,
  straightThrough: null,
  /** As decomposed, with heads moved once and one softmax kernel. */
  attention([query, key, value, bias], { tf, shape, attrs: { heads } }) {
    const [batch, frames, dim] = shape as [number, number, number]; // checked when the graph was built
    const [keys, headDim] = [key.shape[1]!, dim / heads];
    const split = (x: Operand, order: number[]): TfTensor => {
      const parts = tf.reshape(full(tf, x), [batch, x.shape[1]!, heads, headDim]);
      const moved = tf.transpose(parts, order);
      return tf.reshape(moved, [batch * heads, ...moved.shape.slice(2)]);
    };
    const plain = (handle: TfTensor): Factor => ({ handle, transposed: false });
    const transposed = readsTransposed(tf);
    const keyFactor = { handle: split(key, transposed ? [0, 2, 1, 3] : [0, 2, 3, 1]), transposed };
    const scaled = tf.mul(split(query, [0, 2, 1, 3]), 1 / Math.sqrt(headDim));
    const products = tf.reshape(stackedProduct(tf, plain(scaled), keyFactor), [batch, heads, frames, keys]);
    const scores = bias ? tf.add(products, full(tf, bias)) : products;
    const weights = tf.reshape(tf.softmax(scores), [batch * heads, frames, keys]);
    const mixed = stackedProduct(tf, plain(weights), plain(split(value, [0, 2, 1, 3])));
    const merged = tf.transpose(tf.reshape(mixed, [batch, heads, frames, headDim]), [0, 2, 1, 3]);
    return tf.reshape(merged, [...shape]);
  },
};
