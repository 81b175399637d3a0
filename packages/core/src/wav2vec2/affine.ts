// The two words that every layer is made of: a dense map and a layer norm, with their parameters by path.
import { layerNorm, linear } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";

/** x [...b, width] -> [...b, to] by the scope's `weight` [to, width] and `bias` [to] */
export function dense(x: Value, scope: Scope, to: number): Value {
  return linear(x, scope.param("weight", [to, widthOf(x)]), scope.param("bias", [to]));
}

/** Layer norm over the last axis of x by the scope's `weight` and `bias`. */
export function normalised(x: Value, scope: Scope, eps = 1e-5): Value {
  const width = widthOf(x);
  return layerNorm(x, scope.param("weight", [width]), scope.param("bias", [width]), eps);
}

/** Length of the last axis: a number in every model, since weights depend on it. */
export function widthOf(x: Value): number {
  return x.shape.at(-1) as number;
}
