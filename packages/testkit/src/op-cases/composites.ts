// Composites: a backend may run them whole; each row is also run decomposed.
import {
  attention,
  conv1d,
  gelu,
  groupNorm,
  inverseDeviation,
  layerNorm,
  linear,
  normalCdf,
  mul,
  logSoftmax,
  standardize,
  relu,
  reshape,
  scaleGradient,
  sigmoid,
  softmax,
  straightThrough,
  transpose,
  where,
} from "@wav2vec/core";
import { bools, exactly, nonzero, opCase, positive, spread } from "../op-case.js";
import { batch, time, twoLengths } from "./symbols.js";

const runs = twoLengths;
const clips = (channels: number) => spread([batch, channels, time]);
const frames = (dim: number) => spread([batch, time, dim]);

export const compositeCases = [
  opCase("linear", { x: spread([4, 5]), w: spread([3, 5]), b: spread([3]) }, ({ x, w, b }) =>
    linear(x, w, b),
  ),
  opCase("linear of one vector", { x: spread([5]), w: spread([3, 5]), b: spread([3]) }, ({ x, w, b }) =>
    linear(x, w, b),
  ),
  opCase("linear without bias", { x: spread([2, 4, 5]), w: spread([3, 5]) }, ({ x, w }) => linear(x, w)),
  opCase(
    "linear over frames",
    { x: frames(5), w: spread([3, 5]), b: spread([3]) },
    ({ x, w, b }) => linear(x, w, b),
    { runs },
  ),
  opCase("layerNorm", { x: spread([4, 6]), gain: spread([6]), bias: spread([6]) }, (v) =>
    layerNorm(v.x, v.gain, v.bias),
  ),
  opCase(
    "layerNorm of a large offset",
    {
      x: exactly([2, 4], [100, 101, 102.5, 99, 100.5, 100, 99.5, 103]),
      gain: spread([4]),
      bias: spread([4]),
    },
    (v) => layerNorm(v.x, v.gain, v.bias),
  ),
  opCase(
    "layerNorm over frames, other eps",
    { x: frames(6), gain: spread([6]), bias: spread([6]) },
    (v) => layerNorm(v.x, v.gain, v.bias, 0.1),
    { runs },
  ),
  opCase("standardize", { x: spread([4, 6]) }, ({ x }) => standardize(x)),
  opCase("standardize over frames, other eps", { x: frames(6) }, ({ x }) => standardize(x, 0.1), { runs }),
  opCase("inverseDeviation", { x: spread([4, 6]) }, ({ x }) => inverseDeviation(x)),
  opCase("inverseDeviation over time", { x: clips(4) }, ({ x }) => inverseDeviation(x, 0.1), { runs }),
  opCase(
    "standardize beside inverseDeviation",
    { x: frames(6) },
    ({ x }) => mul(standardize(x), inverseDeviation(x)),
    { runs },
  ),
  opCase(
    "groupNorm of each channel",
    { x: clips(4), gain: spread([4]), bias: spread([4]) },
    (v) => groupNorm(v.x, v.gain, v.bias, 4),
    { runs },
  ),
  opCase(
    "groupNorm of channels in groups",
    { x: clips(6), gain: spread([6]), bias: spread([6]) },
    (v) => groupNorm(v.x, v.gain, v.bias, 2),
    { runs },
  ),
  opCase(
    "groupNorm of all channels",
    { x: clips(4), gain: spread([4]), bias: spread([4]) },
    (v) => groupNorm(v.x, v.gain, v.bias, 1, 0.1),
    { runs },
  ),
  opCase(
    "groupNorm of a convolution of samples",
    { x: clips(1), w: spread([6, 1, 10]), gain: spread([6]), bias: spread([6]) },
    (v) => groupNorm(conv1d(v.x, v.w, { stride: 5 }), v.gain, v.bias, 6),
    {
      runs: [
        { batch: 2, time: 63 },
        { batch: 1, time: 40 },
      ],
    },
  ),
  opCase("normalCdf", { x: spread([5, 8]) }, ({ x }) => normalCdf(x)),
  opCase("normalCdf far out", { x: exactly([5], [-30, -6, 0, 6, 30]) }, ({ x }) => normalCdf(x), {
    differentiable: false,
  }),
  opCase("gelu", { x: spread([5, 8]) }, ({ x }) => gelu(x)),
  opCase("gelu far out", { x: exactly([6], [-30, -8, -1e-4, 1e-4, 8, 30]) }, ({ x }) => gelu(x), {
    differentiable: false,
  }),
  opCase(
    "gelu between convolutions",
    { x: clips(3), w: spread([4, 3, 3]), v: spread([2, 4, 2]) },
    ({ x, w, v }) => conv1d(gelu(conv1d(x, w, { stride: 2 })), v, { stride: 2 }),
    { runs },
  ),
  opCase(
    "layerNorm between convolutions",
    { x: clips(3), w: spread([4, 3, 3]), gain: spread([4]), bias: spread([4]), v: spread([2, 4, 2]) },
    ({ x, w, gain, bias, v }) => {
      const normal = layerNorm(transpose(conv1d(x, w, { stride: 2 }), [0, 2, 1]), gain, bias);
      return conv1d(gelu(transpose(normal, [0, 2, 1])), v, { stride: 2 });
    },
    { runs },
  ),
  opCase("relu", { x: nonzero([5, 8]) }, ({ x }) => relu(x)),
  opCase("sigmoid", { x: spread([5, 8]) }, ({ x }) => sigmoid(x)),
  opCase("sigmoid far out", { x: exactly([4], [-80, -20, 20, 80]) }, ({ x }) => sigmoid(x), {
    differentiable: false,
  }),
  opCase("softmax", { x: spread([3, 7]) }, ({ x }) => softmax(x)),
  opCase(
    "softmax with minus infinity",
    { x: exactly([2, 3], [1, -Infinity, 2, -Infinity, 0, -Infinity]) },
    ({ x }) => softmax(x),
    { differentiable: false },
  ),
  opCase("softmax of large numbers", { x: exactly([1, 3], [1000, 1001, 999]) }, ({ x }) => softmax(x), {
    differentiable: false,
  }),
  opCase("softmax over frames", { x: frames(5) }, ({ x }) => softmax(x), { runs }),
  opCase("logSoftmax", { x: spread([3, 7]) }, ({ x }) => logSoftmax(x)),
  opCase("logSoftmax of large numbers", { x: exactly([1, 3], [1000, 1001, 999]) }, ({ x }) => logSoftmax(x), {
    differentiable: false,
  }),
  opCase("scaleGradient", { x: spread([5]) }, ({ x }) => scaleGradient(x, 0.5), { differentiable: false }),
  opCase("straightThrough", { x: spread([5]), y: spread([5]) }, ({ x, y }) => straightThrough(x, y), {
    differentiable: false,
  }),
  opCase("attention", { q: spread([2, 5, 8]), k: spread([2, 5, 8]), v: spread([2, 5, 8]) }, ({ q, k, v }) =>
    attention(q, k, v, 2),
  ),
  opCase(
    "attention of one head to other frames",
    { q: spread([1, 3, 4]), k: spread([1, 6, 4]), v: spread([1, 6, 4]) },
    ({ q, k, v }) => attention(q, k, v, 1),
  ),
  opCase(
    "attention at symbolic lengths",
    { q: frames(8), k: frames(8), v: frames(8) },
    ({ q, k, v }) => attention(q, k, v, 4),
    { runs },
  ),
  opCase(
    "attention over more frames than a GPU's workgroup",
    { q: spread([1, 67, 8]), k: spread([1, 67, 8]), v: spread([1, 67, 8]) },
    ({ q, k, v }) => attention(q, k, v, 4),
  ),
  opCase(
    "attention that hides keys",
    { q: frames(8), k: frames(8), v: frames(8), seen: bools([batch, time]) },
    ({ q, k, v, seen }) => attention(q, k, v, 2, reshape(where(seen, 0, -1e9), [batch, 1, 1, time])),
    { runs },
  ),
  opCase(
    "attention with a bias per head",
    { q: spread([2, 5, 8]), k: spread([2, 5, 8]), v: spread([2, 5, 8]), bias: spread([1, 2, 5, 5]) },
    ({ q, k, v, bias }) => attention(q, k, v, 2, bias),
  ),
  opCase(
    "attention with a bias of two axes",
    { q: spread([2, 5, 8]), k: spread([2, 5, 8]), v: spread([2, 5, 8]), bias: positive([5, 5]) },
    ({ q, k, v, bias }) => attention(q, k, v, 2, bias),
  ),
];
