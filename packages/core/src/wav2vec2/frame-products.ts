// A strided convolution over time as one product of gathered frames: the form whose gradients are products too.
import { linear } from "../graph/composites.js";
import { addDims, floorDivDim, mulDims, subDims, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { add, concat, reshape, slice, transpose } from "../graph/words.js";

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
  const taps = transpose(weight, [0, 2, 1]); // [dim, kernel, channels]
  const runs = framesByRun(x, kernel, stride);
  // What frames see is joined, or each part multiplied by itself and the results added: whichever writes less.
  const joins = runs.length === 1 || kernel * channels < dim;
  if (joins)
    return linear(concat(runs.map(({ seen }) => seen), 2), reshape(taps, [dim, kernel * channels]), bias); // prettier-ignore
  const products = runs.map(({ seen, from, to }, i) =>
    linear(
      seen,
      reshape(slice(taps, 1, from, to), [dim, (to - from) * channels]),
      i === 0 ? bias : undefined,
    ),
  );
  return products.reduce((y, product) => add(y, product));
}

/** Some neighbouring taps: [batch, frames, (to - from) * channels], what each frame sees through them, tap by tap. */
interface Run {
  readonly seen: Value;
  readonly from: number;
  readonly to: number;
}

/** All taps of a kernel over x [batch, time, channels], as few parts as lie side by side in x already. */
function framesByRun(x: Value, kernel: number, stride: number): Run[] {
  const [batch, time, channels] = x.shape as readonly [Dim, Dim, number]; // rank checked by slice
  const frames = addDims(floorDivDim(subDims(time, kernel), stride), 1);
  const runs: Run[] = [];
  let from = 0;
  for (; from + stride <= kernel; from += stride) {
    const run = slice(x, 1, from, addDims(mulDims(frames, stride), from));
    runs.push({ seen: reshape(run, [batch, frames, stride * channels]), from, to: from + stride });
  }
  const reach = addDims(mulDims(subDims(frames, 1), stride), 1);
  for (; from < kernel; from++)
    runs.push({ seen: slice(x, 1, from, addDims(reach, from), stride), from, to: from + 1 });
  return runs;
}
