// A strided convolution over time as one product of gathered frames: the form whose gradients are products too.
import { linear } from "../graph/composites.js";
import { addDims, floorDivDim, mulDims, subDims, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { concat, reshape, slice, transpose } from "../graph/words.js";

/**
 * The convolution of x by a weight as checkpoints hold it.
 *
 * @param x [batch, time, channels]
 * @param weight [dim, channels, kernel]
 * @param bias [dim]; absent if there is none
 * @returns [batch, frames, dim], frames = floor((time - kernel) / stride) + 1
 */
export function frameProducts(x: Value, weight: Value, bias: Value | undefined, stride: number): Value {
  const [dim, channels, kernel] = weight.shape as readonly [number, number, number]; // a weight's shape is known
  const taps = reshape(transpose(weight, [0, 2, 1]), [dim, kernel * channels]);
  return linear(gatherFrames(x, kernel, stride), taps, bias);
}

/** x [batch, time, channels] -> [batch, frames, kernel · channels]: what each frame sees, tap by tap. */
function gatherFrames(x: Value, kernel: number, stride: number): Value {
  const [batch, time, channels] = x.shape as readonly [Dim, Dim, number]; // rank checked by slice
  const frames = addDims(floorDivDim(subDims(time, kernel), stride), 1);
  const parts: Value[] = [];
  let tap = 0;
  // As many taps as a stride lie side by side already.
  for (; tap + stride <= kernel; tap += stride) {
    const run = slice(x, 1, tap, addDims(mulDims(frames, stride), tap));
    parts.push(reshape(run, [batch, frames, stride * channels]));
  }
  const reach = addDims(mulDims(subDims(frames, 1), stride), 1);
  for (; tap < kernel; tap++) parts.push(slice(x, 1, tap, addDims(reach, tap), stride));
  return concat(parts, 2);
}
