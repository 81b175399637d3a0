// wav2vec 2.0 and its siblings whole: samples to Features. The listing reads as the data flows.
import type { Value } from "../graph/graph.js";
import { scope as rootScope, type Scope } from "../graph/scope.js";
import { add, cast, mul, reshape, sub, transpose, where } from "../graph/words.js";
import type { Wav2Vec2Config } from "./config.js";
import { convAdapter } from "./conv-adapter.js";
import { convFeatures, type ConvFeatures, type ConvForm } from "./conv-features.js";
import { feedForward } from "./feed-forward.js";
import { featureProjection } from "./feature-projection.js";
import { validPositions, zeroPadding } from "./mask.js";
import { positionalConv, type WeightNorm } from "./positional-conv.js";
import { changed, type TrainingHooks } from "./training-hooks.js";
import { transformer } from "./transformer.js";

/** What every head is a function of: the states of one pass of the encoder. */
export interface Features {
  /** Input of the first layer, then the output of each; [batch, frames, hiddenSize]. */
  readonly hidden: readonly Value[];
  /** Output of the encoder, after the final norm and the convolutional adapter where there is one. */
  readonly last: Value;
  /** Valid frames per row of `last`, int32 [batch]; absent if no lengths were given. */
  readonly frameCounts?: Value;
}

/** Features, and the values on the way to them. */
export interface EncodedFeatures extends Features {
  readonly stages: {
    /** Each convolution of the feature encoder after norm and activation, [batch, dim, time]; none for filter banks. */
    readonly conv: readonly Value[];
    /** Normalised conv features, the quantiser's input, [batch, frames, conv dim]. */
    readonly features: Value;
    /** Before masking and positions, [batch, frames, hiddenSize]. */
    readonly projection: Value;
    /** The positional branch, [batch, frames, hiddenSize]; absent in Conformers. */
    readonly positional?: Value;
  };
}

/** What may accompany the samples. */
export interface EncodeOptions {
  /** int32 [batch] valid samples (or filter bank frames) per row; without it every row is taken whole. */
  readonly lengths?: Value;
  /** bool [batch, frames]: frames replaced by the mask embedding. */
  readonly timeMask?: Value;
  /** bool [batch, hiddenSize]: channels set to zero, after the time mask. */
  readonly channelMask?: Value;
  readonly weightNorm?: WeightNorm;
  /** Default `direct`. */
  readonly convolutions?: ConvForm;
  /** What training changes on the way. */
  readonly hooks?: TrainingHooks;
  readonly scope?: Scope;
}

/**
 * Builds the encoder and context network.
 *
 * @param samples [batch, samples] float32, 16 kHz, normalised as the checkpoint asks, right-padded with zeros; or the
 *   filter banks [batch, frames, bins of one frame] of a model that hears those. `clipsInput` is the right input
 * @throws ShapeError if samples has another rank
 * @see HF Wav2Vec2Model; fairseq Wav2Vec2Model
 */
export function encode(samples: Value, config: Wav2Vec2Config, options: EncodeOptions = {}): EncodedFeatures {
  const { weightNorm = "folded", hooks = {}, scope = rootScope() } = options;
  const encoder = scope.scope("encoder");

  const heard = hear(samples, scope, config, options);
  const z = changed(heard.frames, hooks.convFeatures);
  const { normalised, projected } = featureProjection(z, scope.scope("feature_projection"), config);
  const valid = heard.frameCounts && validPositions(heard.frameCounts, z.shape[1]!);

  const masked = mask(changed(projected, hooks.projection), scope, config, options);
  const x = valid ? zeroPadding(masked, valid) : masked;
  const positional =
    config.positional &&
    positionalConv(x, valid, encoder.scope("pos_conv_embed"), config, config.positional, weightNorm);
  const placed = positional ? add(x, positional) : x;
  const { hidden, last: top } = transformer(placed, valid, encoder, config, hooks);
  const last = config.intermediateFeedForward
    ? add(
        top,
        mul(feedForward(top, scope.scope("intermediate_ffn"), { ...config, activation: "relu" }, hooks), 0.5),
      )
    : top;

  const stages = {
    conv: heard.layers,
    features: normalised,
    projection: projected,
    ...(positional && { positional }),
  };
  const output = config.convAdapter
    ? convAdapter(last, heard.frameCounts, scope.scope("adapter"), config, config.convAdapter)
    : { output: last, ...(heard.frameCounts && { frameCounts: heard.frameCounts }) };
  return {
    hidden,
    last: output.output,
    ...(output.frameCounts && { frameCounts: output.frameCounts }),
    stages,
  };
}

/** Frames [batch, frames, conv dim]: what the feature encoder makes of samples, or filter banks as they are. */
function hear(
  samples: Value,
  scope: Scope,
  config: Wav2Vec2Config,
  { lengths, convolutions }: EncodeOptions,
): ConvFeatures & { readonly frames: Value } {
  if (config.filterBanks) return { layers: [], frames: samples, ...(lengths && { frameCounts: lengths }) };
  const conv = convFeatures(samples, lengths, scope.scope("feature_extractor"), config, convolutions);
  return { ...conv, frames: transpose(conv.layers.at(-1)!, [0, 2, 1]) }; // parseConfig refuses zero layers
}

/** Masked frames take the mask embedding; then masked channels become zero. x [batch, frames, hiddenSize] */
function mask(
  x: Value,
  scope: Scope,
  { hiddenSize }: Wav2Vec2Config,
  { timeMask, channelMask }: EncodeOptions,
): Value {
  let y = x;
  if (timeMask) {
    const embedding = scope.param("masked_spec_embed", [hiddenSize]);
    const isMasked = cast(reshape(timeMask, [...timeMask.shape, 1]), "float32");
    // Arithmetic rather than where(): the embedding's gradient is then a plain sum.
    y = add(mul(y, sub(1, isMasked)), mul(embedding, isMasked));
  }
  if (channelMask) y = where(reshape(channelMask, [channelMask.shape[0]!, 1, hiddenSize]), 0, y);
  return y;
}
