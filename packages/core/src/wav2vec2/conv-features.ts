// The feature encoder: raw audio to latent frames z by strided convolutions.
import { groupNorm, layerNorm, scaleGradient } from "../graph/composites.js";
import { addDims, floorDivDim, mulDims, subDims, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import {
  add,
  broadcastTo,
  cast,
  constant,
  conv1d,
  div,
  mul,
  pad,
  reshape,
  slice,
  sqrt,
  sub,
  sum,
  transpose,
} from "../graph/words.js";
import { activations } from "./activation.js";
import type { Wav2Vec2Config } from "./config.js";
import { convFrames, encoderFrames } from "./frame-counts.js";
import { frameProducts } from "./frame-products.js";
import { validPositions } from "./mask.js";

const NORM_EPS = 1e-5; // fixed in the feature encoder, whatever layer_norm_eps says; HF Wav2Vec2GroupNormConvLayer

/**
 * How convolutions are computed: `direct`, each as one op (inference), or as `products` of gathered frames, whose
 * gradients are products too (training). The results differ by rounding.
 */
export type ConvForm = "direct" | "products";

/** What the feature encoder gives. */
export interface ConvFeatures {
  /** Output of each convolution after norm and activation, [batch, dim, time]. */
  readonly layers: readonly Value[];
  /** Valid frames per row, int32 [batch]; absent if no lengths were given. */
  readonly frameCounts?: Value;
}

/**
 * Turns raw audio into latent frames, the paper's z.
 *
 * Group norm averages over time, so with `lengths` its statistics are those of the valid samples alone:
 * a clip gives the same frames in a batch as by itself.
 *
 * @param samples [batch, samples] float32, 16 kHz, normalised as the checkpoint asks
 * @param lengths int32 [batch] valid samples per row; absent if all are
 * @param form default `direct`
 * @see Baevski et al. 2020, section 2; HF Wav2Vec2FeatureEncoder
 */
export function convFeatures(
  samples: Value,
  lengths: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  form: ConvForm = "direct",
): ConvFeatures {
  const [batch, time] = samples.shape as readonly [Dim, Dim]; // rank checked by reshape
  const activate = activations[config.featureActivation];
  if (form === "products") return productFeatures(samples, lengths, scope, config);
  const layers: Value[] = [];
  let x = reshape(samples, [batch, 1, time]);
  let channels = 1;
  let counts = lengths;
  config.convLayers.forEach(({ dim, kernel, stride }, i) => {
    const layer = scope.scope(`conv_layers.${i}`);
    const weight = layer.scope("conv").param("weight", [dim, channels, kernel]);
    x = conv1d(x, weight, { stride }); // [batch, dim, frames]
    if (config.convBias) x = add(x, reshape(layer.scope("conv").param("bias", [dim]), [dim, 1]));
    if (counts) counts = convFrames(counts, kernel, stride);
    if (config.featureNorm === "layer") x = channelNorm(x, layer.scope("layer_norm"), dim);
    else if (i === 0) x = channelsApart(x, counts, layer.scope("layer_norm"), dim);
    x = activate(x);
    layers.push(x);
    channels = dim;
  });
  return counts ? { layers, frameCounts: counts } : { layers };
}

/**
 * The same with time before channels throughout, so that nothing is transposed. Zeros behind the samples make the time of
 * each layer a multiple of the next one's; frames that only they give, or that miss samples, are cut off in the end.
 */
function productFeatures(
  samples: Value,
  lengths: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
): ConvFeatures {
  const { convLayers } = config;
  const activate = activations[config.featureActivation];
  const [batch, time] = samples.shape as readonly [Dim, Dim]; // rank checked by reshape
  const hop = convLayers.reduce((product, { stride }) => product * stride, 1);
  const spare = 1 + convLayers.filter(({ kernel, stride }) => kernel < stride).length; // at least a layer's own frames
  const whole = mulDims(addDims(floorDivDim(time, hop), spare), hop);
  const layers: Value[] = [];
  let x = reshape(pad(samples, 1, 0, subDims(whole, time)), [batch, whole, 1]); // [batch, time, channels]
  let channels = 1;
  let counts = lengths ?? broadcastTo(constant(time, [], "int32"), [batch]);
  convLayers.forEach(({ dim, kernel, stride }, i) => {
    const layer = scope.scope(`conv_layers.${i}`);
    const conv = layer.scope("conv");
    const norm = layer.scope("layer_norm");
    const weight = conv.param("weight", [dim, channels, kernel]);
    x = frameProducts(x, weight, config.convBias ? conv.param("bias", [dim]) : undefined, stride);
    counts = convFrames(counts, kernel, stride);
    const frames = encoderFrames(time, convLayers.slice(0, i + 1));
    if (config.featureNorm === "layer")
      x = layerNorm(x, norm.param("weight", [dim]), norm.param("bias", [dim]), NORM_EPS);
    else if (i === 0) x = timeNorm(x, counts, norm, dim, 1);
    x = activate(x);
    layers.push(transpose(slice(x, 1, 0, frames), [0, 2, 1]));
    channels = dim;
  });
  return lengths ? { layers, frameCounts: counts } : { layers };
}

/** Layer norm over the channels of x [batch, dim, time]. */
function channelNorm(x: Value, scope: Scope, dim: number): Value {
  const normal = layerNorm(
    transpose(x, [0, 2, 1]),
    scope.param("weight", [dim]),
    scope.param("bias", [dim]),
    NORM_EPS,
  );
  return transpose(normal, [0, 2, 1]);
}

/** Each channel of x [batch, dim, time] to mean 0 and variance 1 over its valid time. */
function channelsApart(x: Value, counts: Value | undefined, scope: Scope, dim: number): Value {
  if (counts) return timeNorm(x, counts, scope, dim, 2);
  return groupNorm(x, scope.param("weight", [dim]), scope.param("bias", [dim]), dim, NORM_EPS);
}

/** The same; time is axis 1 or 2, the other is the channels. */
function timeNorm(x: Value, counts: Value, scope: Scope, dim: number, axis: 1 | 2): Value {
  const time = x.shape[axis]!; // made by a convolution
  const perTime = (v: Value): Value =>
    reshape(v, axis === 2 ? [v.shape[0]!, 1, time] : [v.shape[0]!, time, 1]);
  const perChannel = (v: Value): Value => reshape(v, axis === 2 ? [dim, 1] : [1, dim]);
  const valid = cast(perTime(validPositions(counts, time)), "float32");
  const count = reshape(cast(counts, "float32"), [x.shape[0]!, 1, 1]);
  const average = div(sum(mul(x, valid), [axis]), count); // a number per channel
  const centred = sub(x, average);
  // The variance does not change with the average that it is taken around, to first order.
  const around = sub(x, scaleGradient(average, 0));
  const variance = div(sum(mul(mul(around, around), valid), [axis]), count);
  const gain = perChannel(scope.param("weight", [dim]));
  const scale = div(gain, sqrt(add(variance, NORM_EPS))); // one pass less over time
  return add(mul(centred, scale), perChannel(scope.param("bias", [dim])));
}
