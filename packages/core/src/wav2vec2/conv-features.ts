// The feature encoder: raw audio to latent frames z by strided convolutions.
import { groupNorm, layerNorm } from "../graph/composites.js";
import type { Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, cast, conv1d, div, mul, reshape, sqrt, sub, sum, transpose } from "../graph/words.js";
import { activations } from "./activation.js";
import type { Wav2Vec2Config } from "./config.js";
import { convFrames } from "./frame-counts.js";
import { validPositions } from "./mask.js";

const NORM_EPS = 1e-5; // fixed in the feature encoder, whatever layer_norm_eps says; HF Wav2Vec2GroupNormConvLayer

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
 * @see Baevski et al. 2020, section 2; HF Wav2Vec2FeatureEncoder
 */
export function convFeatures(
  samples: Value,
  lengths: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
): ConvFeatures {
  const [batch, time] = samples.shape as readonly [Dim, Dim]; // rank checked by reshape
  const activate = activations[config.featureActivation];
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
    else if (i === 0) x = timeNorm(x, counts, layer.scope("layer_norm"), dim);
    x = activate(x);
    layers.push(x);
    channels = dim;
  });
  return counts ? { layers, frameCounts: counts } : { layers };
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
function timeNorm(x: Value, counts: Value | undefined, scope: Scope, dim: number): Value {
  const gain = scope.param("weight", [dim]);
  const bias = scope.param("bias", [dim]);
  if (!counts) return groupNorm(x, gain, bias, dim, NORM_EPS);
  const [batch, , time] = x.shape as readonly [Dim, Dim, Dim]; // made by conv1d
  const valid = cast(reshape(validPositions(counts, time), [batch, 1, time]), "float32");
  const count = reshape(cast(counts, "float32"), [batch, 1, 1]);
  const average = div(sum(mul(x, valid), [2]), count); // [batch, dim, 1]
  const centred = sub(x, average);
  const variance = div(sum(mul(mul(centred, centred), valid), [2]), count);
  const scale = div(reshape(gain, [dim, 1]), sqrt(add(variance, NORM_EPS))); // [batch, dim, 1]: one pass less over time
  return add(mul(centred, scale), reshape(bias, [dim, 1]));
}
