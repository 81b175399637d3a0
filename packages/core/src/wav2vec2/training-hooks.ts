// Where training acts inside the encoder: dropout, scaled gradients, dropped layers. Inference has none of it.
import type { Value } from "../graph/graph.js";

/** Each function gives back a value of the shape it got; absent ones change nothing. */
export interface TrainingHooks {
  /** Output of the last convolution, [batch, frames, conv dim]; where fairseq scales gradients (`feature_grad_mult`). */
  readonly convFeatures?: (x: Value) => Value;
  /** After the projection, before masking (`dropout_input`, `feat_proj_dropout`). */
  readonly projection?: (x: Value) => Value;
  /** Input of the first layer, positions added and, in post-norm models, normalised. */
  readonly embedding?: (x: Value) => Value;
  /** Softmax weights [batch, heads, frames, keys] (`attention_dropout`). With it, attention is built from primitives. */
  readonly attentionWeights?: (x: Value) => Value;
  /** What attention and feed-forward add to the residual stream (`dropout`, `hidden_dropout`). */
  readonly branch?: (x: Value) => Value;
  /** After the activation inside the feed-forward (`activation_dropout`). */
  readonly activation?: (x: Value) => Value;
  /** A layer's output, with its input and index from 0 (`layerdrop`). */
  readonly layer?: (output: Value, input: Value, index: number) => Value;
}

/** What the hook makes of x; x itself without one. */
export function changed(x: Value, hook: ((x: Value) => Value) | undefined): Value {
  return hook ? hook(x) : x;
}
