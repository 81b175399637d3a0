// One state of all layers: a learned mix.
import { softmax } from "../../graph/composites.js";
import { formatShape, sameDim } from "../../graph/dim.js";
import { ShapeError } from "../../graph/errors.js";
import type { Value } from "../../graph/graph.js";
import type { Scope } from "../../graph/scope.js";
import { add, mul, reshape, slice } from "../../graph/words.js";
import type { Features } from "../encoder.js";

/**
 * Which state of a pre-norm model counts as its last layer's: `beforeNorm` as in transformers 5, or `afterNorm`, the
 * normalised output, as in transformers 4. They are the same in post-norm models.
 */
export type LastState = "beforeNorm" | "afterNorm";

/**
 * Sum of the input and the outputs of all layers, weighed by the softmax of the scope's `layer_weights` [layers + 1].
 *
 * @returns [batch, frames, hiddenSize]
 * @throws ShapeError if a convolutional adapter shortens the frames: its lengths are not those of the layers
 * @see Yang et al. 2021 (SUPERB); HF `use_weighted_layer_sum`
 */
export function weightedLayers(
  { hidden, last }: Features,
  scope: Scope,
  lastState: LastState = "beforeNorm",
): Value {
  const top = hidden.at(-1)!; // the input of the first layer is always there
  if (!sameDim(top.shape[1]!, last.shape[1]!)) {
    throw new ShapeError(
      `weightedLayers: layers are ${formatShape(top.shape)}, the model's output ${formatShape(last.shape)}; expected equal frames; a model with a convolutional adapter has no layer sum`,
    );
  }
  const states = lastState === "afterNorm" ? [...hidden.slice(0, -1), last] : hidden;
  const weights = softmax(scope.param("layer_weights", [states.length]));
  return states
    .map((state, i) => mul(state, reshape(slice(weights, 0, i, i + 1), [1, 1, 1])))
    .reduce((mixed, part) => add(mixed, part));
}
