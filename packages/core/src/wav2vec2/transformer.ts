// The context network: Transformer layers over projected frames.
import { attention, layerNorm, linear, relu } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add } from "../graph/words.js";
import { activations } from "./activation.js";
import type { Wav2Vec2Config } from "./config.js";

/** Every state of the stack. */
export interface TransformerStates {
  /** The input of the first layer, then the output of each; with preNorm all before the final norm. */
  readonly hidden: readonly Value[];
  /** Output of the stack; with preNorm after the final norm. */
  readonly last: Value;
}

/**
 * Runs the Transformer.
 *
 * @param x [batch, frames, hiddenSize], positions already added
 * @param bias attention bias that hides padding, [batch, 1, 1, frames]; absent if nothing is padded
 */
export function transformer(
  x: Value,
  bias: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
): TransformerStates {
  const norm = (value: Value) => normalise(value, scope.scope("layer_norm"), config);
  const hidden = [config.preNorm ? x : norm(x)];
  for (let i = 0; i < config.layers; i++) {
    const layer = config.preNorm ? preNormLayer : postNormLayer;
    hidden.push(layer(hidden[i]!, bias, scope.scope(`layers.${i}`), config));
  }
  const top = hidden[config.layers]!;
  return { hidden, last: config.preNorm ? norm(top) : top };
}

function postNormLayer(x: Value, bias: Value | undefined, scope: Scope, config: Wav2Vec2Config): Value {
  const attended = normalise(
    add(x, selfAttention(x, bias, scope.scope("attention"), config)),
    scope.scope("layer_norm"),
    config,
  );
  return normalise(
    add(attended, feedForward(attended, scope.scope("feed_forward"), config)),
    scope.scope("final_layer_norm"),
    config,
  );
}

function preNormLayer(x: Value, bias: Value | undefined, scope: Scope, config: Wav2Vec2Config): Value {
  const attended = add(
    x,
    selfAttention(normalise(x, scope.scope("layer_norm"), config), bias, scope.scope("attention"), config),
  );
  const fed = add(
    attended,
    feedForward(
      normalise(attended, scope.scope("final_layer_norm"), config),
      scope.scope("feed_forward"),
      config,
    ),
  );
  return config.attentionAdapterDim === undefined
    ? fed
    : add(fed, attentionAdapter(fed, scope.scope("adapter_layer"), config, config.attentionAdapterDim));
}

function selfAttention(
  x: Value,
  bias: Value | undefined,
  scope: Scope,
  { hiddenSize, heads }: Wav2Vec2Config,
): Value {
  const project = (name: string, value: Value) => dense(value, scope.scope(name), hiddenSize, hiddenSize);
  const mixed = attention(project("q_proj", x), project("k_proj", x), project("v_proj", x), heads, bias);
  return project("out_proj", mixed);
}

function feedForward(
  x: Value,
  scope: Scope,
  { hiddenSize, intermediateSize, activation }: Wav2Vec2Config,
): Value {
  const inner = activations[activation](
    dense(x, scope.scope("intermediate_dense"), hiddenSize, intermediateSize),
  );
  return dense(inner, scope.scope("output_dense"), intermediateSize, hiddenSize);
}

/** The per-language bottleneck of MMS: norm, down, ReLU, up; HF Wav2Vec2AttnAdapterLayer */
function attentionAdapter(x: Value, scope: Scope, config: Wav2Vec2Config, dim: number): Value {
  const down = dense(
    normalise(x, scope.scope("norm"), config, ADAPTER_NORM_EPS),
    scope.scope("linear_1"),
    config.hiddenSize,
    dim,
  );
  return dense(relu(down), scope.scope("linear_2"), dim, config.hiddenSize);
}

const ADAPTER_NORM_EPS = 1e-5; // torch's default; HF does not pass layer_norm_eps here

function dense(x: Value, scope: Scope, from: number, to: number): Value {
  return linear(x, scope.param("weight", [to, from]), scope.param("bias", [to]));
}

function normalise(
  x: Value,
  scope: Scope,
  { hiddenSize, layerNormEps }: Wav2Vec2Config,
  eps = layerNormEps,
): Value {
  return layerNorm(x, scope.param("weight", [hiddenSize]), scope.param("bias", [hiddenSize]), eps);
}
