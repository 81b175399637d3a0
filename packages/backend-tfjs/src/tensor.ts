// Tensors of this backend and the one mistake that can be made with them: using one that is gone.
import type { DType, Tensor } from "@wav2vec/core";
import type { TfTensor } from "./tensorflow.js";

/** A tensor on a TensorFlow.js device. */
export interface TfjsTensor extends Tensor {
  /** The runtime's handle; released by `free`, not by the caller. */
  readonly handle: TfTensor;
}

/** A tensor was freed or donated and then used again, or freed twice. */
export class FreedTensorError extends Error {
  override name = "FreedTensorError";
  constructor(
    /** The method that met the tensor. */
    readonly where: string,
    readonly shape: readonly number[],
    readonly dtype: DType,
  ) {
    super(
      `${where}: the ${dtype} tensor [${shape.join(", ")}] was freed or donated before; expected a live one, ` +
        `free each tensor once and after its last use`,
    );
  }
}

/** @throws FreedTensorError if the tensor is gone */
export function assertLive(where: string, { handle, shape, dtype }: TfjsTensor): void {
  if (handle.isDisposed) throw new FreedTensorError(where, shape, dtype);
}
