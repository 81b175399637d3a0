// The context network: a stack of Transformer or Conformer layers over projected frames.
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add } from "../graph/words.js";
import { normalised } from "./affine.js";
import { attentionAdapter } from "./attention-adapter.js";
import { selfAttention, type AttentionContext } from "./attention.js";
import type { Wav2Vec2Config } from "./config.js";
import { conformerLayer } from "./conformer.js";
import { distanceOf } from "./distance.js";
import { feedForward } from "./feed-forward.js";
import { keyPaddingBias } from "./mask.js";
import { changed, type TrainingHooks } from "./training-hooks.js";

/** Every state of the stack. */
export interface TransformerStates {
  /** The input of the first layer, then the output of each; with preNorm all before the final norm. */
  readonly hidden: readonly Value[];
  /** Output of the stack; with preNorm after the final norm. */
  readonly last: Value;
}

/** What all layers share. */
export interface LayerContext extends AttentionContext {
  readonly hooks: TrainingHooks;
  /** bool [batch, frames]; absent if nothing is padded. */
  readonly valid?: Value;
}

/**
 * Runs the stack.
 *
 * @param x [batch, frames, hiddenSize], positions already added
 * @param valid bool [batch, frames]; absent if nothing is padded
 * @param scope of the checkpoint's `encoder`
 */
export function transformer(
  x: Value,
  valid: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  hooks: TrainingHooks = {},
): TransformerStates {
  const context: LayerContext = {
    config,
    hooks,
    distance: distanceOf({ frames: x.shape[1]!, config, scope }),
    ...(valid && { valid, padding: keyPaddingBias(valid) }),
    ...(hooks.attentionWeights && { weights: hooks.attentionWeights }),
  };
  const stackNorm = (value: Value) =>
    config.stackNorm ? normalised(value, scope.scope("layer_norm"), config.layerNormEps) : value;
  const hidden = [changed(config.preNorm ? x : stackNorm(x), hooks.embedding)];
  for (let i = 0; i < config.layers; i++) {
    const output = layer(hidden[i]!, scope.scope(`layers.${i}`), context);
    hidden.push(hooks.layer ? hooks.layer(output, hidden[i]!, i) : output);
  }
  const top = hidden[config.layers]!;
  return { hidden, last: config.preNorm ? stackNorm(top) : top };
}

function layer(x: Value, scope: Scope, context: LayerContext): Value {
  const { conformer, preNorm } = context.config;
  if (conformer) return conformerLayer(x, scope, context, conformer);
  return preNorm ? preNormLayer(x, scope, context) : postNormLayer(x, scope, context);
}

function postNormLayer(x: Value, scope: Scope, context: LayerContext): Value {
  const { config, hooks } = context;
  const norm = (value: Value, name: string) => normalised(value, scope.scope(name), config.layerNormEps);
  const attended = selfAttention(x, scope.scope("attention"), context);
  const middle = norm(add(x, changed(attended, hooks.branch)), "layer_norm");
  const fed = feedForward(middle, scope.scope("feed_forward"), config, hooks);
  return norm(add(middle, changed(fed, hooks.branch)), "final_layer_norm");
}

function preNormLayer(x: Value, scope: Scope, context: LayerContext): Value {
  const { config, hooks } = context;
  const norm = (value: Value, name: string) => normalised(value, scope.scope(name), config.layerNormEps);
  const attended = selfAttention(norm(x, "layer_norm"), scope.scope("attention"), context);
  const middle = add(x, changed(attended, hooks.branch));
  const fed = feedForward(norm(middle, "final_layer_norm"), scope.scope("feed_forward"), config, hooks);
  const output = add(middle, changed(fed, hooks.branch));
  return config.attentionAdapterDim === undefined
    ? output
    : add(output, attentionAdapter(output, scope.scope("adapter_layer"), config.attentionAdapterDim));
}
