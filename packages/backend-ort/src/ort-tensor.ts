// Tensors of this backend, and who may still use them.
import { ShapeError, type DType, type Tensor } from "@wav2vec/core";
import type { Tensor as OnnxTensor } from "onnxruntime-common";
import type { HostMemory } from "./host-memory.js";
import type { OrtRuntime } from "./ort-runtime.js";

/** A tensor in the memory of ONNX Runtime's device, or of the host where the device is the CPU. */
export interface OrtTensor extends Tensor {
  /** ONNX Runtime's own tensor. */
  readonly onnx: OnnxTensor;
  /** Gives its memory back; absent if the runtime owns it. */
  readonly release?: (() => void) | undefined;
}

/** Tensors that were freed or donated; using one again is an error. */
const gone = new WeakSet<OrtTensor>();

export function ortTensor(onnx: OnnxTensor, release?: () => void): OrtTensor {
  return { onnx, shape: onnx.dims, dtype: onnx.type as DType, release }; // programs have no other types
}

/** A tensor in memory that `memory` lends, holding anything; its end gives the memory back. */
export function hostTensor(
  ort: OrtRuntime,
  memory: HostMemory,
  dtype: DType,
  shape: readonly number[],
): OrtTensor {
  const count = shape.reduce((n, dim) => n * dim, 1);
  const Elements = ELEMENTS[dtype];
  const buffer = memory.take(count * Elements.BYTES_PER_ELEMENT);
  const onnx = new ort.Tensor(dtype, new Elements(buffer, 0, count), shape);
  return ortTensor(onnx, () => memory.giveBack(buffer));
}

const ELEMENTS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** @throws ShapeError if the tensor was freed or donated */
export function live(what: string, tensor: OrtTensor): OrtTensor {
  if (gone.has(tensor)) {
    throw new ShapeError(
      `${what}: ${tensor.dtype} tensor [${tensor.shape.join(", ")}] was freed or donated before; a tensor ends once`,
    );
  }
  return tensor;
}

/** Ends a tensor's life; its memory goes with it unless `keepMemory`. */
export function end(tensor: OrtTensor, keepMemory = false): void {
  gone.add(tensor);
  if (keepMemory) return;
  tensor.onnx.dispose();
  tensor.release?.();
}
