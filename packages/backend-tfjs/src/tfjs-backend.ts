// The TensorFlow.js backend: graphs become calls of its kernels, on whichever device it offers.
import { allocate, dtypeOf, formatShape, ShapeError, type Backend, type TypedArray } from "@wav2vec/core";
import { deviceSwitch, type TfjsDevice } from "./device.js";
import { compileProgram } from "./program.js";
import { assertLive, type TfjsTensor } from "./tensor.js";
import type { TensorFlow } from "./tensorflow.js";

export interface TfjsBackendOptions {
  /** The runtime: `import * as tf from "@tensorflow/tfjs"`, or tfjs-core and the packages of the devices. */
  readonly tf: TensorFlow;
  /** Default: the runtime's current device. */
  readonly device?: TfjsDevice;
}

/**
 * A backend on TensorFlow.js.
 *
 * Memory is exact: when outputs are freed and programs disposed, `tf.memory().numTensors` is what it was.
 *
 * @throws Error from `compile`, `upload` and `run` if the device's package is not imported or does not start
 */
export function tfjsBackend({ tf, device }: TfjsBackendOptions): Backend<TfjsTensor> {
  const target = deviceSwitch(tf, device);

  function upload(data: TypedArray, shape: readonly number[]): TfjsTensor {
    const size = shape.reduce((n, dim) => n * dim, 1);
    if (data.length !== size) {
      throw new ShapeError(
        `upload: got ${data.length} elements for shape ${formatShape(shape)}; expected ${size}`,
      );
    }
    target.activate();
    const dtype = dtypeOf(data);
    // The cpu device would keep the caller's array, hence the copy.
    const handle = tf.keep(tf.tensor(data.slice(), [...shape], dtype));
    return { shape: [...shape], dtype, handle };
  }

  return {
    name: target.name,
    async compile(graph, weights, options) {
      await target.ready();
      return compileProgram(graph, weights, { ...options, tf, target, upload });
    },
    upload,
    async download(tensor) {
      assertLive("download", tensor);
      const data = await tensor.handle.data();
      const host = allocate(tensor.dtype, data.length);
      host.set(data as TypedArray); // a copy: the cpu device gives its own array
      return host;
    },
    free(tensor) {
      assertLive("free", tensor);
      tensor.handle.dispose();
    },
  };
}
