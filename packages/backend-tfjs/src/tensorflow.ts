// The TensorFlow.js runtime as this package sees it: only its types, the caller passes the module itself.
import type * as tf from "@tensorflow/tfjs-core";

/** The module `@tensorflow/tfjs-core`, or `@tensorflow/tfjs`, which holds all of it. */
export type TensorFlow = typeof tf;
/** A tensor of the runtime: a handle to data on a device, counted by `tf.memory()`. */
export type TfTensor = tf.Tensor;
