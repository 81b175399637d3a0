// A strided convolution over time as products of frames that lie side by side: the form whose gradients are products too.
import { linear } from "../graph/composites.js";
import { floorDivDim, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { add, concat, pad, reshape, slice, transpose } from "../graph/words.js";

/**
 * The convolution of x, with zeros behind its end, by a weight as checkpoints hold it. Every `stride` steps of x are one
 * row and give one frame, so that rows need not be copied from where they lie; the taps that reach into later rows are
 * multiplied where those lie, and what they give is moved.
 *
 * @param x [batch, frames * stride, channels]
 * @param weight [dim, channels, kernel]
 * @param bias [dim]; absent if there is none
 * @returns [batch, frames, dim]
 */
export function frameProducts(x: Value, weight: Value, bias: Value | undefined, stride: number): Value {
  const [batch, time, channels] = x.shape as readonly [Dim, Dim, number]; // rank checked by reshape
  const [dim, , kernel] = weight.shape as readonly [number, number, number]; // a weight's shape is known
  const rows = reshape(x, [batch, floorDivDim(time, stride), stride * channels]);
  const taps = reshape(transpose(weight, [0, 2, 1]), [dim, kernel * channels]);
  const runs = Array.from({ length: Math.ceil(kernel / stride) }, (_, later) => {
    const [from, to] = [later * stride, Math.min((later + 1) * stride, kernel)];
    return { later, from, to, seen: slice(rows, 2, 0, (to - from) * channels) };
  });
  // What a frame sees is joined, or each part multiplied by itself and the results added: whichever writes less.
  if (kernel * channels < dim) {
    const seen = concat(
      runs.map(({ seen, later }) => earlier(seen, later)),
      2,
    );
    return linear(seen, taps, bias);
  }
  const products = runs.map(({ seen, later, from, to }) => {
    const weights = slice(taps, 1, from * channels, to * channels);
    return earlier(linear(seen, weights, later === 0 ? bias : undefined), later);
  });
  return products.reduce((y, product) => add(y, product));
}

/** x [batch, rows, ...] moved towards the start by some rows, with zeros behind. */
function earlier(x: Value, rows: number): Value {
  return pad(slice(x, 1, rows, x.shape[1]!), 1, 0, rows);
}
