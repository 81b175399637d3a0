// The length of all gradients together, and what to do when it is too large.
import { add, constant, input, mul, reshape, sqrt, sum, type Value } from "@wav2vec/core";

/** Square root of the sum of all squares; a scalar. NaN or infinite if any gradient is. */
export function globalNorm(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) =>
    reshape(
      sum(
        mul(gradient, gradient),
        gradient.shape.map((_, axis) => axis),
      ),
      [],
    ),
  );
  return sqrt(squares.reduce((total, square) => add(total, square), constant(0)));
}

/**
 * What to multiply gradients with so that their norm is at most `limit`; 1 if it is already.
 *
 * @see torch.nn.utils.clip_grad_norm_, fairseq clip_grad_norm_
 */
export function clipScale(norm: number, limit: number): number {
  return Math.min(1, limit / (norm + 1e-6));
}

/** Gradients of one batch added to those of the batches before, which are inputs of the same names. */
export function accumulate(gradients: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, add(input(name, gradient.shape), gradient)]),
  );
}
