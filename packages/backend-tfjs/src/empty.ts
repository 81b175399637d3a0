// Results that hold no elements or come from none; kernels of TensorFlow.js differ there, so none is called.
import { allocate, type CompositeName, type OpName } from "@wav2vec/core";
import { count } from "./layout.js";
import type { Call, Operand } from "./operand.js";
import type { TfTensor } from "./tensorflow.js";

/** The result if it or an operand is empty and no kernel is needed; else undefined. */
export function emptyResult(
  op: OpName | CompositeName,
  inputs: readonly Operand[],
  { tf, shape, dtype, attrs }: Call<unknown>,
): TfTensor | undefined {
  const filled = (value: number) => tf.tensor(allocate(dtype, count(shape)).fill(value), [...shape], dtype);
  if (count(shape) === 0) return filled(0);
  if (op === "concat" || inputs.every((x) => count(x.shape) > 0)) return undefined;
  if (op === "max") return filled(-Infinity);
  if (op === "pad") return filled((attrs as { value: number }).value); // attrs of pad
  return filled(0); // sums of nothing: sum, matMul, scatterAdd, gradients of convolutions
}
