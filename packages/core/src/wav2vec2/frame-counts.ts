// How many frames a recording gives: the same arithmetic on the host, in shapes and in graphs.
import { addDims, floorDivDim, subDims, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { add, div, sub } from "../graph/words.js";
import type { ConvAdapterConfig, ConvLayerConfig, Wav2Vec2Config } from "./config.js";

/** Fewest samples that give a frame: 400 (25 ms) in every published model. */
export function receptiveField({ convLayers }: Pick<Wav2Vec2Config, "convLayers">): number {
  return convLayers.reduceRight((samples, { kernel, stride }) => (samples - 1) * stride + kernel, 1);
}

/** Samples from one frame to the next: 320 (20 ms), times the strides of a convolutional adapter. */
export function samplesPerFrame({
  convLayers,
  convAdapter,
}: Pick<Wav2Vec2Config, "convLayers" | "convAdapter">): number {
  const hop = convLayers.reduce((product, { stride }) => product * stride, 1);
  return convAdapter ? hop * convAdapter.stride ** convAdapter.layers : hop;
}

/** Frames of the feature encoder: floor((n - kernel) / stride) + 1 for each convolution. */
export function encoderFrames(samples: Dim, convLayers: readonly ConvLayerConfig[]): Dim {
  return convLayers.reduce<Dim>(
    (n, { kernel, stride }) => addDims(floorDivDim(subDims(n, kernel), stride), 1),
    samples,
  );
}

/** Frames after a convolutional adapter, whose layers pad by one on each side. */
function adapterFrames(frames: Dim, { layers, kernel, stride }: ConvAdapterConfig): Dim {
  let count = frames;
  for (let i = 0; i < layers; i++)
    count = addDims(floorDivDim(subDims(addDims(count, 2), kernel), stride), 1);
  return count;
}

/** Frames that a model gives for `samples` samples; 0 if they are fewer than the receptive field. */
export function frameCount(
  samples: number,
  config: Pick<Wav2Vec2Config, "convLayers" | "convAdapter">,
): number {
  const frames = encoderFrames(samples, config.convLayers) as number; // a number stays a number
  return Math.max(0, config.convAdapter ? (adapterFrames(frames, config.convAdapter) as number) : frames);
}

/** `floor((n - kernel) / stride) + 1` in a graph; n int32, at least kernel. */
export function convFrames(n: Value, kernel: number, stride: number): Value {
  return add(div(sub(n, kernel), stride), 1);
}
