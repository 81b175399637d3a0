// The words that every layer is made of: a dense map and norms, with their parameters by path.
import { layerNorm, linear } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, div, mul, sqrt, sub } from "../graph/words.js";

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

const BATCH_NORM_EPS = 1e-5; // torch's default, which HF keeps

/** Batch norm over the last axis by the statistics that training gathered: an affine map. */
export function batchNormalised(x: Value, scope: Scope): Value {
  const width = widthOf(x);
  const spread = sqrt(add(scope.param("running_var", [width]), BATCH_NORM_EPS));
  const centred = sub(x, scope.param("running_mean", [width]));
  return add(mul(centred, div(scope.param("weight", [width]), spread)), scope.param("bias", [width]));
}
