// Weights on the device, once a program: read, uploaded and left as their first use wants them.
import type { TypedArray, Value, Weights } from "@wav2vec/core";
import { INPUTS_FIRST } from "./composite-lowerings.js";
import { TAPS_FIRST } from "./convolutions.js";
import { naturalOrder, type Operand } from "./operand.js";
import type { TfjsTensor } from "./tensor.js";
import type { TensorFlow } from "./tensorflow.js";

/** Copies host data to the device. */
export type Upload = (data: TypedArray, shape: readonly number[]) => TfjsTensor;

/**
 * Uploads every parameter of `values`; each weight is read once and lies on the device once, with its axes in the
 * order that its first use reads, so that no run moves it.
 */
export async function uploadWeights(
  tf: TensorFlow,
  values: readonly Value[],
  weights: Weights,
  upload: Upload,
): Promise<ReadonlyMap<string, Operand>> {
  const wanted = wantedOrders(values);
  const operands = new Map<string, Operand>();
  try {
    for (const value of values) {
      if (value.kind !== "param" || operands.has(value.name)) continue;
      const data = await weights.get(value.name)!.read(); // checked by the caller
      const { handle, shape, dtype } = upload(data, value.shape);
      const order = wanted.get(value.name);
      if (order) {
        operands.set(value.name, { handle: tf.keep(tf.transpose(handle, [...order])), order, shape, dtype });
        handle.dispose();
      } else operands.set(value.name, { handle, order: naturalOrder(shape.length), shape, dtype });
    }
    return operands;
  } catch (error) {
    for (const { handle } of operands.values()) handle.dispose();
    throw error;
  }
}

/** The order of axes that the first use of each parameter reads, where it is not the natural one. */
function wantedOrders(values: readonly Value[]): ReadonlyMap<string, readonly number[]> {
  const wanted = new Map<string, readonly number[] | undefined>();
  for (const value of values) {
    if (value.kind !== "op" && value.kind !== "composite") continue;
    (value.inputs as readonly Value[]).forEach((x, position) => {
      if (x.kind !== "param" || wanted.has(x.name)) return;
      if (position === 1 && value.op === "linear") wanted.set(x.name, INPUTS_FIRST);
      else wanted.set(x.name, position === 1 && value.op === "conv1d" ? TAPS_FIRST : undefined);
    });
  }
  return new Map([...wanted].flatMap(([name, order]) => (order ? [[name, order] as const] : [])));
}
