// The nonlinearities of published checkpoints, by their name in config.json.
import { gelu, relu, sigmoid } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import { mul, slice } from "../graph/words.js";
import type { Activation } from "./config.js";

export const activations: Readonly<Record<Activation, (x: Value) => Value>> = {
  gelu,
  relu,
  swish: (x) => mul(x, sigmoid(x)),
};

/** First half of an axis times the sigmoid of its second half. */
export function gatedLinearUnit(x: Value, axis: number): Value {
  const width = x.shape.at(axis) as number; // channels: a number in every model
  return mul(slice(x, axis, 0, width / 2), sigmoid(slice(x, axis, width / 2, width)));
}
