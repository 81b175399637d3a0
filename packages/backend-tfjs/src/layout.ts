// Moves of elements, with axes merged where possible: TensorFlow.js kernels stop at 4 to 6 axes.
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** Kernels of every device take this many axes. */
const SAFE_RANK = 4;

/** Elements in `shape`. */
export function count(shape: readonly number[]): number {
  return shape.reduce((n, dim) => n * dim, 1);
}

/** Another handle to the same data; frees on its own. (`tf.clone` copies on wasm.) */
export function sameHandle(tf: TensorFlow, x: TfTensor): TfTensor {
  return tf.reshape(x, x.shape);
}

/** x with axes of length 1 grown to `shape`; x itself if nothing grows. */
export function broadcastTo(tf: TensorFlow, x: TfTensor, shape: readonly number[]): TfTensor {
  if (x.shape.every((dim, axis) => dim === shape[axis])) return x;
  const grows = (axis: number) => x.shape[axis] !== shape[axis];
  const runs = mergedAxes(shape.length, (axis) => grows(axis) === grows(axis - 1));
  const merged = tf.reshape(x, lengthsOf(runs, x.shape));
  const lengths = lengthsOf(runs, shape);
  // wasm: broadcasting in a product took 1/60 of the time of tile for 16 M elements.
  if (tf.getBackend() === "wasm" && x.dtype !== "bool" && runs.length <= SAFE_RANK)
    return tf.reshape(tf.mul(merged, tf.ones(lengths, x.dtype)), [...shape]);
  const repeats = merged.shape.map((dim, run) => lengths[run]! / dim);
  return tf.reshape(tf.tile(merged, repeats), [...shape]);
}

/** x with its axes in another order; x itself if they already are. */
export function transpose(tf: TensorFlow, x: TfTensor, order: readonly number[]): TfTensor {
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis]!);
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return tf.reshape(x, shape); // no element moves
  if (order.length <= SAFE_RANK) return tf.transpose(x, [...order]);
  // Axes that stay neighbours move as one.
  const runs = mergedAxes(order.length, (axis) => order.indexOf(axis) === order.indexOf(axis - 1) + 1);
  const firsts = runs.map((run) => run[0]!).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const moved = tf.transpose(
    tf.reshape(x, lengthsOf(runs, x.shape)),
    firsts.map((first) => runs.findIndex((run) => run[0] === first)),
  );
  return tf.reshape(moved, shape);
}

/**
 * Applies an elementwise kernel to tensors of one rank that broadcast against each other; beyond 4 axes,
 * neighbours that broadcast alike are merged first.
 */
export function broadcasting(
  tf: TensorFlow,
  inputs: readonly TfTensor[],
  kernel: (...inputs: TfTensor[]) => TfTensor,
): TfTensor {
  const rank = inputs[0]!.shape.length;
  if (rank <= SAFE_RANK) return kernel(...inputs);
  const shape = inputs[0]!.shape.map((_, axis) => Math.max(...inputs.map((x) => x.shape[axis]!)));
  const grows = (x: TfTensor, axis: number) => x.shape[axis] !== shape[axis];
  const runs = mergedAxes(rank, (axis) => inputs.every((x) => grows(x, axis) === grows(x, axis - 1)));
  const merged =
    runs.length <= SAFE_RANK
      ? inputs.map((x) => tf.reshape(x, lengthsOf(runs, x.shape)))
      : inputs.map((x) => tf.reshape(broadcastTo(tf, x, shape), [-1]));
  return tf.reshape(kernel(...merged), shape);
}

/** x as [before, axis, after]. */
export function aroundAxis(tf: TensorFlow, x: TfTensor, axis: number): TfTensor {
  return tf.reshape(x, [count(x.shape.slice(0, axis)), x.shape[axis]!, count(x.shape.slice(axis + 1))]);
}

/**
 * Elements `from` (included) to `to` (excluded) of the middle axis of [before, n, after].
 *
 * wasm copies row by row of the innermost axis, so an axis of length 1 must not be that.
 */
export function sliceMiddle(tf: TensorFlow, x: TfTensor, from: number, to: number): TfTensor {
  const [before, n, after] = x.shape as [number, number, number]; // made by aroundAxis
  if (after > 1) return tf.slice(x, [0, from, 0], [before, to - from, after]);
  return tf.reshape(tf.slice(tf.reshape(x, [before, n]), [0, from], [before, to - from]), [
    before,
    to - from,
    1,
  ]);
}

/** Runs of neighbouring axes; `joins` says whether an axis joins the one before it. */
function mergedAxes(rank: number, joins: (axis: number) => boolean): number[][] {
  const runs: number[][] = [];
  for (let axis = 0; axis < rank; axis++) {
    const run = runs.at(-1);
    if (run && joins(axis)) run.push(axis);
    else runs.push([axis]);
  }
  return runs;
}

function lengthsOf(runs: readonly (readonly number[])[], shape: readonly number[]): number[] {
  return runs.map((run) => count(run.map((axis) => shape[axis]!)));
}
