// Margin softmax for embeddings that tell speakers apart.
import { less, matMul, maximum, mul, sqrt, sub, where, type Value } from "@wav2vec/core";
import { oneHot } from "./cross-entropy.js";
import { unitLength } from "./unit-length.js";

/**
 * Margin softmax over cosines: the own class must win by `margin`.
 * `additive` takes the margin off the cosine (AM-softmax), `angular` adds it to the angle (AAM-softmax, ArcFace).
 *
 * @param cosines [rows, classes], of embeddings and class weights
 * @param labels int32 [rows]
 * @returns logits [rows, classes] for `crossEntropy`
 * @see Wang et al. 2018, AM-Softmax; Deng et al. 2019, ArcFace
 */
export function marginLogits(
  cosines: Value,
  labels: Value,
  {
    kind,
    scale,
    margin,
  }: { readonly kind: "additive" | "angular"; readonly scale: number; readonly margin: number },
): Value {
  const isOwn = less(0, oneHot(labels, cosines.shape[1]!));
  const own = kind === "additive" ? sub(cosines, margin) : addAngle(cosines, margin);
  return mul(where(isOwn, own, cosines), scale);
}

/**
 * Cosines between rows and columns.
 *
 * @param x [rows, dim]
 * @param weight [dim, classes]
 * @returns [rows, classes]
 */
export function cosines(x: Value, weight: Value): Value {
  return matMul(unitLength(x, 1), unitLength(weight, 0));
}

/**
 * cos(angle + margin). Beyond angle = pi - margin, where that would rise again, the cosine less a constant takes
 * over, as in the ArcFace reference code.
 */
function addAngle(cosine: Value, margin: number): Value {
  const sine = sqrt(maximum(sub(1, mul(cosine, cosine)), 1e-12));
  const turned = sub(mul(cosine, Math.cos(margin)), mul(sine, Math.sin(margin)));
  return where(
    less(Math.cos(Math.PI - margin), cosine),
    turned,
    sub(cosine, Math.sin(Math.PI - margin) * margin),
  );
}
