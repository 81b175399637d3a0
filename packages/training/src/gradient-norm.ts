// The length of all gradients together, and what to do when it is too large.
import { add, constant, graph, input, mul, reshape, sqrt, sum, type Graph, type Value } from "@wav2vec/core";

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

/**
 * Gradients of one more batch added to those before: for each parameter NAME reads `gradient.NAME` and `more.NAME`,
 * gives the next `gradient.NAME`, in place when donated; and the `norm` of all.
 */
export function gradientSumGraph(parameters: ReadonlyMap<string, readonly number[]>): Graph {
  const sums = Object.fromEntries(
    [...parameters].map(([name, shape]) => [
      `gradient.${name}`,
      add(input(`gradient.${name}`, shape), input(`more.${name}`, shape)),
    ]),
  );
  return graph({ ...sums, norm: globalNorm(Object.values(sums)) });
}
