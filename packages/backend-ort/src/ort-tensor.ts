// Tensors of this backend, and who may still use them.
import { ShapeError, type DType, type Tensor } from "@wav2vec/core";
import type { Tensor as OnnxTensor } from "onnxruntime-common";

/** A tensor in the memory of ONNX Runtime's device, or of the host where the device is the CPU. */
export interface OrtTensor extends Tensor {
  /** ONNX Runtime's own tensor. */
  readonly onnx: OnnxTensor;
}

/** Tensors that were freed or donated; using one again is an error. */
const gone = new WeakSet<OrtTensor>();

export function ortTensor(onnx: OnnxTensor): OrtTensor {
  return { onnx, shape: onnx.dims, dtype: onnx.type as DType }; // programs have no other types
}

/** @throws ShapeError if the tensor was freed or donated */
export function live(what: string, tensor: OrtTensor): OrtTensor {
  if (gone.has(tensor)) {
    throw new ShapeError(
      `${what}: ${tensor.dtype} tensor [${tensor.shape.join(", ")}] was freed or donated before; a tensor ends once`,
    );
  }
  return tensor;
}

/** Ends a tensor's life; its memory goes with it unless it went before, with its device. */
export function end(tensor: OrtTensor, wentBefore = false): void {
  gone.add(tensor);
  if (!wentBefore) tensor.onnx.dispose();
}
