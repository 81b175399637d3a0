// Convolutions over time and their gradients, from the kernels that every device has.
import type { Conv1dAttrs } from "@wav2vec/core";
import { full, type Arranged, type Operand } from "./operand.js";
import { stackedProduct } from "./products.js";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** The kernels want channels innermost: [batch, time, channels]. */
const CHANNELS_LAST = [0, 2, 1];
/** The order of a weight's axes that `conv1d` reads without moving it: [kernel, cin / groups, cout]. */
export const TAPS_FIRST = [2, 1, 0];

/** x [batch, cin, time] * w [cout, cin / groups, kernel] -> [batch, cout, frames] */
export function conv1d(tf: TensorFlow, x: Operand, w: Operand, attrs: Conv1dAttrs): Arranged {
  const { stride, padding, dilation, groups } = attrs;
  const taps = full(tf, w, TAPS_FIRST);
  // Kernels take a stride or a dilation, not both.
  const spread = stride > 1 && dilation > 1;
  const filters = split(tf, asFilter(tf, spread ? spreadTaps(tf, taps, dilation) : taps), groups);
  const parts = split(tf, asImage(tf, paddedFrames(tf, x, padding)), groups);
  const outputs = parts.map((part, i) =>
    tf.conv2d(part, filters[i]!, [1, stride], "valid", "NHWC", [1, spread ? 1 : dilation]),
  );
  return fromImages(tf, outputs);
}

/** (dy [batch, cout, frames], w) -> dx [batch, cin, time]: the gradient of the padded input, cut to `time`. */
export function conv1dInputGradient(
  tf: TensorFlow,
  dy: Operand,
  w: Operand,
  time: number,
  { stride, padding, dilation, groups }: Conv1dAttrs,
): Arranged {
  const taps = spreadTaps(tf, full(tf, w, TAPS_FIRST), dilation); // the kernel takes no dilation
  const filters = split(tf, asFilter(tf, taps), groups);
  const gradients = split(tf, asImage(tf, full(tf, dy, CHANNELS_LAST)), groups);
  const [batch, perGroup, padded] = [dy.shape[0]!, w.shape[1]!, time + padding[0] + padding[1]];
  const parts = gradients.map((gradient, i) =>
    tf.conv2dTranspose(gradient, filters[i]!, [batch, 1, padded, perGroup], [1, stride], "valid"),
  );
  const { handle, order } = fromImages(tf, parts);
  return { handle: tf.slice(handle, [0, padding[0], 0], [batch, time, perGroup * groups]), order };
}

/**
 * (x [batch, cin, time], dy [batch, cout, frames]) -> dw [cout, cin / groups, kernel]: for each tap, the product
 * of dy with the inputs that this tap met. (wasm has no kernel for it.)
 */
export function conv1dWeightGradient(
  tf: TensorFlow,
  x: Operand,
  dy: Operand,
  kernel: number,
  { stride, padding, dilation, groups }: Conv1dAttrs,
): Arranged {
  const [batch, cout, frames] = dy.shape as [number, number, number]; // rank checked when the graph was built
  const perGroup = x.shape[1]! / groups;
  const steps = x.shape[2]! + padding[0] + padding[1];
  const grouped = tf.reshape(paddedFrames(tf, x, padding), [batch, steps, groups, perGroup]);
  const inputs = tf.transpose(grouped, [2, 0, 1, 3]); // [groups, batch, time, cin / groups]
  const rows = tf.reshape(full(tf, dy, [1, 0, 2]), [groups, cout / groups, batch * frames]);
  const taps = Array.from({ length: kernel }, (_, k) =>
    tf.tidy(() => {
      const from = k * dilation;
      const to = from + (frames - 1) * stride + 1;
      const met = tf.stridedSlice(inputs, [0, 0, from, 0], [groups, batch, to, perGroup], [1, 1, stride, 1]);
      const columns = tf.reshape(met, [groups, batch * frames, perGroup]);
      const product = stackedProduct(
        tf,
        { handle: rows, transposed: false },
        { handle: columns, transposed: false },
      );
      return tf.reshape(product, [1, cout, perGroup]);
    }),
  );
  return { handle: tf.concat(taps, 0), order: [2, 0, 1] };
}

type Image = ReturnType<TensorFlow["tensor4d"]>;

/** x as [batch, time, channels] with zeros at both ends of time. */
function paddedFrames(tf: TensorFlow, x: Operand, padding: readonly [number, number]): TfTensor {
  const frames = full(tf, x, CHANNELS_LAST);
  return padding[0] + padding[1] === 0 ? frames : tf.pad(frames, [[0, 0], [...padding], [0, 0]]);
}

/** Puts dilation - 1 zeros between taps: [kernel, cin, cout] -> [(kernel - 1) * dilation + 1, cin, cout] */
function spreadTaps(tf: TensorFlow, taps: TfTensor, dilation: number): TfTensor {
  if (dilation === 1) return taps;
  const [kernel, cin, cout] = taps.shape as [number, number, number]; // a weight's axes
  const spread = tf.pad(tf.reshape(taps, [kernel, 1, cin * cout]), [
    [0, 0],
    [0, dilation - 1],
    [0, 0],
  ]);
  const reach = (kernel - 1) * dilation + 1;
  return tf.slice(tf.reshape(spread, [kernel * dilation, cin, cout]), [0, 0, 0], [reach, cin, cout]);
}

/** [batch, time, channels] as an image one pixel high: [batch, 1, time, channels] */
function asImage(tf: TensorFlow, x: TfTensor): Image {
  const [batch, time, channels] = x.shape as [number, number, number]; // made by paddedFrames or full
  return tf.reshape(x, [batch, 1, time, channels]);
}

/** [kernel, cin, cout] -> [1, kernel, cin, cout] */
function asFilter(tf: TensorFlow, taps: TfTensor): Image {
  return tf.reshape(taps, [1, ...(taps.shape as [number, number, number])]); // a weight's axes
}

/** Joins the groups' [batch, 1, time, channels] and names the order of axes. */
function fromImages(tf: TensorFlow, parts: readonly Image[]): Arranged {
  const joined = parts.length === 1 ? parts[0]! : tf.concat([...parts], 3);
  return { handle: tf.squeeze(joined, [1]), order: CHANNELS_LAST };
}

/** The last axis in equal parts. */
function split(tf: TensorFlow, x: Image, parts: number): Image[] {
  return parts === 1 ? [x] : tf.split(x, parts, 3);
}
