// What a lowering rule gets, what it gives, and how an operand is brought into the form that a kernel wants.
import type { Dim, DType } from "@wav2vec/core";
import { broadcastTo, transpose } from "./layout.js";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/**
 * A tensor whose axes lie in another order: axis i of `handle` is axis `order[i]` of the value. A transposition
 * thus moves nothing until a kernel needs the elements elsewhere.
 */
export interface Arranged {
  readonly handle: TfTensor;
  readonly order: readonly number[];
}

/**
 * One operand of logical `shape`. An axis of `handle` may have length 1 where `shape` is longer: an expansion that
 * no kernel has needed yet, because TensorFlow.js broadcasts by itself.
 */
export interface Operand extends Arranged {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** The result wanted; shapes are numbers by now. A rule runs inside `tf.tidy`. */
export interface Call<Attrs> {
  readonly tf: TensorFlow;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly attrs: Attrs;
  readonly evaluate: (dim: Dim) => number;
}

/** The order 0, 1, 2 … of `rank` axes. */
export function naturalOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The operand with its axes in `order`; expansions may still be pending. */
export function arranged(tf: TensorFlow, x: Arranged, order: readonly number[]): TfTensor {
  return transpose(
    tf,
    x.handle,
    order.map((axis) => x.order.indexOf(axis)),
  );
}

/** The operand with its axes in `order` and at their full lengths. */
export function full(
  tf: TensorFlow,
  x: Operand,
  order: readonly number[] = naturalOrder(x.shape.length),
): TfTensor {
  return broadcastTo(
    tf,
    arranged(tf, x, order),
    order.map((axis) => x.shape[axis]!),
  );
}
