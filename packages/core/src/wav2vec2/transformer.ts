// The context network: Transformer layers over projected frames.
import { attention, layerNorm, linear, relu, softmax } from "../graph/composites.js";
import { mergeHeads, splitHeads } from "../graph/decompositions.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, matMul, mul, transpose } from "../graph/words.js";
import { activations } from "./activation.js";
import type { Wav2Vec2Config } from "./config.js";
import { changed, type TrainingHooks } from "./training-hooks.js";

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
  hooks: TrainingHooks = {},
): TransformerStates {
  const norm = (value: Value) => normalise(value, scope.scope("layer_norm"), config);
  const hidden = [changed(config.preNorm ? x : norm(x), hooks.embedding)];
  for (let i = 0; i < config.layers; i++) {
    const layer = config.preNorm ? preNormLayer : postNormLayer;
    const output = layer(hidden[i]!, bias, scope.scope(`layers.${i}`), config, hooks);
    hidden.push(hooks.layer ? hooks.layer(output, hidden[i]!, i) : output);
  }
  const top = hidden[config.layers]!;
  return { hidden, last: config.preNorm ? norm(top) : top };
}

function postNormLayer(
  x: Value,
  bias: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  hooks: TrainingHooks,
): Value {
  const attended = normalise(
    add(x, changed(selfAttention(x, bias, scope.scope("attention"), config, hooks), hooks.branch)),
    scope.scope("layer_norm"),
    config,
  );
  return normalise(
    add(attended, changed(feedForward(attended, scope.scope("feed_forward"), config, hooks), hooks.branch)),
    scope.scope("final_layer_norm"),
    config,
  );
}

function preNormLayer(
  x: Value,
  bias: Value | undefined,
  scope: Scope,
  config: Wav2Vec2Config,
  hooks: TrainingHooks,
): Value {
  const attentionInput = normalise(x, scope.scope("layer_norm"), config);
  const attended = add(
    x,
    changed(selfAttention(attentionInput, bias, scope.scope("attention"), config, hooks), hooks.branch),
  );
  const feedInput = normalise(attended, scope.scope("final_layer_norm"), config);
  const fed = add(
    attended,
    changed(feedForward(feedInput, scope.scope("feed_forward"), config, hooks), hooks.branch),
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
  { attentionWeights }: TrainingHooks,
): Value {
  const project = (name: string, value: Value) => dense(value, scope.scope(name), hiddenSize, hiddenSize);
  const [q, k, v] = [project("q_proj", x), project("k_proj", x), project("v_proj", x)];
  const mixed = attentionWeights
    ? attentionThrough(attentionWeights, q, k, v, heads, bias)
    : attention(q, k, v, heads, bias);
  return project("out_proj", mixed);
}

/** The attention composite's decomposition, with its weights changed by a hook. */
function attentionThrough(
  hook: (weights: Value) => Value,
  query: Value,
  key: Value,
  value: Value,
  heads: number,
  bias: Value | undefined,
): Value {
  const [q, k, v] = [splitHeads(query, heads), splitHeads(key, heads), splitHeads(value, heads)]; // [batch, heads, frames, headDim]
  const scale = 1 / Math.sqrt(q.shape[3] as number); // splitHeads divides a known width
  const scores = matMul(mul(q, scale), transpose(k, [0, 1, 3, 2])); // [batch, heads, frames, frames]
  return mergeHeads(matMul(hook(softmax(bias ? add(scores, bias) : scores)), v));
}

function feedForward(
  x: Value,
  scope: Scope,
  { hiddenSize, intermediateSize, activation }: Wav2Vec2Config,
  hooks: TrainingHooks,
): Value {
  const inner = activations[activation](
    dense(x, scope.scope("intermediate_dense"), hiddenSize, intermediateSize),
  );
  return dense(changed(inner, hooks.activation), scope.scope("output_dense"), intermediateSize, hiddenSize);
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
