// Reductions over any axes, as reductions of one axis.
import { aroundAxis, count, sliceMiddle } from "./layout.js";
import { arranged, type Arranged, full, naturalOrder, type Operand } from "./operand.js";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/**
 * Longest sum left to the kernel; longer ones are halved first, so that the error grows with log n and not with n.
 * wasm adds one after the other, and first moves an axis that is not innermost; webgl adds sqrt n in a row, twice.
 */
function kernelSumLength(tf: TensorFlow, isInnermost: boolean): number {
  const device = tf.getBackend();
  if (device === "wasm") return isInnermost ? 256 : 8;
  return device === "webgl" ? 1024 : Infinity;
}

/**
 * Reduces `axes`, which stay with length 1.
 *
 * @param kernel [before, n, after] -> [before, 1, after]
 */
export function reduce(
  tf: TensorFlow,
  x: Operand,
  axes: readonly number[],
  kernel: (around: TfTensor) => TfTensor,
): Arranged {
  const physical = full(tf, x, x.order);
  const at = x.order.flatMap((axis, position) => (axes.includes(axis) ? [position] : []));
  const first = at[0] ?? 0;
  const adjacent = at.every((position, i) => position === first + i);
  if (!adjacent) {
    const order = [...naturalOrder(x.shape.length).filter((axis) => !axes.includes(axis)), ...axes];
    const moved = { ...x, handle: arranged(tf, { handle: physical, order: x.order }, order), order };
    return reduce(tf, moved, axes, kernel);
  }
  const { shape } = physical;
  const around = tf.reshape(physical, [
    count(shape.slice(0, first)),
    count(at.map((position) => shape[position]!)),
    count(shape.slice(first + at.length)),
  ]);
  const reducedShape = shape.map((dim, position) => (at.includes(position) ? 1 : dim));
  return { handle: tf.reshape(kernel(around), reducedShape), order: x.order };
}

/** [before, n, after] -> [before, 1, after] */
export function sumAround(tf: TensorFlow, x: TfTensor): TfTensor {
  const [, n, after] = x.shape as [number, number, number]; // made by reduce
  if (n <= kernelSumLength(tf, after === 1)) return tf.sum(x, 1, true);
  const half = Math.floor(n / 2);
  const halves = tf.add(sliceMiddle(tf, x, 0, half), sliceMiddle(tf, x, half, 2 * half));
  const sum = sumAround(tf, halves);
  return n % 2 === 0 ? sum : tf.add(sum, sliceMiddle(tf, x, n - 1, n));
}

/** [before, n, after] -> [before, 1, after] */
export function maxAround(tf: TensorFlow, x: TfTensor): TfTensor {
  return tf.max(x, 1, true);
}

/** The first of equals. x [..., n, ...] -> int32 with length 1 at `axis` */
export function argMax(tf: TensorFlow, x: Operand, axis: number): TfTensor {
  const around = aroundAxis(tf, full(tf, x), axis);
  return tf.reshape(
    tf.argMax(around, 1),
    x.shape.map((dim, at) => (at === axis ? 1 : dim)),
  );
}
