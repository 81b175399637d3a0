// Tensors of this backend, and who may still use them.
import { ShapeError, type DType, type Tensor, type TypedArray } from "@wav2vec/core";
import type { Tensor as OnnxTensor } from "onnxruntime-common";

/** A tensor in the memory of ONNX Runtime's device, or of the host where the device is the CPU. */
export interface OrtTensor extends Tensor {
  /** ONNX Runtime's own tensor. */
  readonly onnx: OnnxTensor;
}

/** Tensors that were freed or donated; using one again is an error. */
const gone = new WeakSet<OrtTensor>();

/** What takes a tensor's memory back when it ends, where something does. */
const owners = new WeakMap<OrtTensor, (memory: TypedArray) => void>();

/** @param giveBack takes its memory back when it ends */
export function ortTensor(onnx: OnnxTensor, giveBack?: (memory: TypedArray) => void): OrtTensor {
  const tensor = { onnx, shape: onnx.dims, dtype: onnx.type as DType }; // programs have no other types
  if (giveBack) owners.set(tensor, giveBack);
  return tensor;
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
  if (wentBefore) return;
  const { onnx } = tensor;
  if (onnx.location === "cpu" && onnx.type !== "string") {
    const memory = onnx.data as TypedArray;
    const isMoved = memory.length === 0; // to another thread
    (isMoved ? undefined : (owners.get(tensor) ?? freeNow))?.(memory);
  }
  onnx.dispose();
}

/** Smaller arrays are left to the garbage collector. */
const WORTH_FREEING = 2 ** 20;
let nowhere: MessagePort | undefined;

/**
 * Gives the memory of an array back at once: the garbage collector leaves the gradients of one step of training where
 * they are until after the next. What is transferred to a port that leads nowhere is freed.
 */
export function freeNow({ buffer, byteLength }: TypedArray): void {
  if (byteLength < WORTH_FREEING || byteLength < buffer.byteLength || !(buffer instanceof ArrayBuffer))
    return;
  if (!nowhere) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    nowhere = port1;
  }
  nowhere.postMessage(undefined, [buffer]);
}
