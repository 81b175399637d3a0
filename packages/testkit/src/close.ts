// Compares arrays of numbers relative to their scale and names the worst element.

/** How far apart two float32 results may be, relative to the largest expected magnitude. */
export const TOLERANCE = {
  /** One rounding, or a polynomial for exp, tanh or erf: a few units in the last place of float32 (6e-8 each). */
  elementwise: 1e-6,
  /** Sums of up to a few hundred products, added in another order. */
  sums: 5e-6,
  /** A whole model: dozens of layers of sums. */
  model: 2e-4,
  /** A model backward, twice as deep; PyTorch in float32 is within 1.4e-4 of float64, kernels that add in line less so. */
  gradient: 1e-3,
} as const;

/** Where two arrays differ most. */
export interface Difference {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** |actual - expected| divided by the largest finite |expected|, or by 1 if all are 0. */
  readonly relative: number;
}

/** The worst element; equal infinities and NaN beside NaN are no difference, other non-finite pairs are an infinite one. */
export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]!);
    if (size > scale && size < Infinity) scale = size;
  }
  if (scale === 0) scale = 1;
  let worst: Difference = { index: -1, actual: 0, expected: 0, relative: 0 };
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    if (Object.is(a, b) || a === b) continue;
    const gap = Math.abs(a - b) / scale;
    const relative = Number.isFinite(gap) ? gap : Infinity;
    if (relative > worst.relative) worst = { index: i, actual: a, expected: b, relative };
  }
  return worst;
}

/**
 * @param shape of both, to name the worst element by its position
 * @throws Error if the lengths differ or an element differs by more than `tolerance`
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  shape: readonly number[] = [expected.length],
  what = "result",
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: has ${actual.length} elements; expected ${expected.length}`);
  const { index, actual: got, expected: wanted, relative } = worstDifference(actual, expected);
  if (relative <= tolerance) return;
  throw new Error(
    `${what}: element [${position(index, shape).join(", ")}] of [${shape.join(", ")}] is ${got}; ` +
      `expected ${wanted} (off by ${relative.toExponential(1)} of the scale, allowed ${tolerance.toExponential(1)})`,
  );
}

function position(index: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  let rest = index;
  for (const dim of shape.toReversed()) {
    at.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return at;
}
