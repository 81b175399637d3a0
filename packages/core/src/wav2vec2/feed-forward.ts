// The feed-forward part of a layer.
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { activations } from "./activation.js";
import { dense } from "./affine.js";
import type { Wav2Vec2Config } from "./config.js";
import { changed, type TrainingHooks } from "./training-hooks.js";

/** x [batch, frames, hiddenSize] -> wider, activation, back */
export function feedForward(
  x: Value,
  scope: Scope,
  { hiddenSize, intermediateSize, activation }: Wav2Vec2Config,
  hooks: TrainingHooks,
): Value {
  const inner = activations[activation](dense(x, scope.scope("intermediate_dense"), intermediateSize));
  return dense(changed(inner, hooks.activation), scope.scope("output_dense"), hiddenSize);
}
