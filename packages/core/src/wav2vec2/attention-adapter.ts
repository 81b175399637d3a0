// The per-language bottleneck of MMS inside a layer, with weights for the whole batch or for each of its rows.
import { layerNorm, linear, relu } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { add, constant, matMul, mul, reshape, transpose } from "../graph/words.js";
import { widthOf } from "./affine.js";

/**
 * Norm (torch's default eps), down to `dim`, ReLU, up again. A scope that answers each parameter with [batch, ...shape]
 * gives every row weights of its own: a batch of several languages.
 *
 * @param x [batch, frames, hiddenSize]
 * @see HF Wav2Vec2AttnAdapterLayer
 */
export function attentionAdapter(x: Value, scope: Scope, dim: number): Value {
  const down = denseOfRows(normOfRows(x, scope.scope("norm")), scope.scope("linear_1"), dim);
  return denseOfRows(relu(down), scope.scope("linear_2"), widthOf(x));
}

function normOfRows(x: Value, scope: Scope): Value {
  const width = widthOf(x);
  const [gain, bias] = [scope.param("weight", [width]), scope.param("bias", [width])];
  if (gain.shape.length === 1) return layerNorm(x, gain, bias);
  const plain = layerNorm(x, constant(1, [width]), constant(0, [width]));
  return add(mul(plain, overFrames(gain)), overFrames(bias));
}

function denseOfRows(x: Value, scope: Scope, to: number): Value {
  const [weight, bias] = [scope.param("weight", [to, widthOf(x)]), scope.param("bias", [to])];
  if (weight.shape.length === 2) return linear(x, weight, bias);
  return add(matMul(x, transpose(weight, [0, 2, 1])), overFrames(bias));
}

/** [batch, width] -> [batch, 1, width] */
function overFrames(x: Value): Value {
  return reshape(x, [x.shape[0]!, 1, x.shape[1]!]); // rank 2
}
