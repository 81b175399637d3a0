// Dropout, layer drop and scaled gradients of one recipe, as the encoder's training hooks.
import { input, reshape, scaleGradient, slice, type TrainingHooks, type Value } from "@wav2vec/core";
import { layerDrop, type Dropout } from "./dropout.js";

/** Rates of a recipe; each 0 by default. fairseq's names differ, see each. */
export interface RegularisationRates {
  /** After the projection to the Transformer's width; `dropout_input`, `feat_proj_dropout`. */
  readonly projection?: number;
  /** Input of the first layer, and what attention and feed-forward add; `dropout`, `hidden_dropout`. */
  readonly hidden?: number;
  /** Attention weights; `attention_dropout`. */
  readonly attention?: number;
  /** Inside the feed-forward; `activation_dropout`. */
  readonly activation?: number;
  /** Whole layers; `encoder_layerdrop`, `layerdrop`. */
  readonly layer?: number;
  /** Scales the gradient into the feature encoder; `feature_grad_mult`; default 1, 0 freezes it. */
  readonly featureGradient?: number;
}

/**
 * The hooks for `encode`. With a layer rate the graph gets the input `layerKeeps`, bool [layers], drawn by
 * `sampleLayerKeeps`; with any other rate those of `dropout`.
 */
export function regularise(rates: RegularisationRates, dropout: Dropout, layers: number): TrainingHooks {
  const drop = (rate = 0) => (rate > 0 ? (x: Value) => dropout.apply(x, rate) : undefined);
  const hidden = drop(rates.hidden);
  const { featureGradient = 1, layer = 0 } = rates;
  const keeps = input("layerKeeps", [layers], "bool");
  return defined({
    convFeatures: featureGradient === 1 ? undefined : (x: Value) => scaleGradient(x, featureGradient),
    projection: drop(rates.projection),
    embedding: hidden,
    branch: hidden,
    attentionWeights: drop(rates.attention),
    activation: drop(rates.activation),
    layer:
      layer > 0
        ? (output: Value, x: Value, i: number) => layerDrop(reshape(slice(keeps, 0, i, i + 1), []), output, x)
        : undefined,
  });
}

/** The hooks that are there. */
function defined(hooks: {
  readonly [K in keyof TrainingHooks]: TrainingHooks[K] | undefined;
}): TrainingHooks {
  return Object.fromEntries(Object.entries(hooks).filter(([, hook]) => hook)) as TrainingHooks; // no undefined is left
}
