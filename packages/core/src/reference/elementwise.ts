// Scalar functions of the reference backend.
import type { DType } from "../graph/dtype.js";

/** Error function to about 1e-15: a series of positive terms near 0, the continued fraction of erfc beyond 3. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size > 3) return Math.sign(x) * (1 - erfcTail(size));
  // erf x = 2 / sqrt(pi) * exp(-x^2) * sum 2^n x^(2n + 1) / (1 * 3 * … * (2n + 1)); Abramowitz & Stegun 7.1.6
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc x for x > 3 by the continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + …; Abramowitz & Stegun 7.1.14 */
function erfcTail(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** Integer division truncates towards zero; anything else is exact division. */
export function divide(a: number, b: number, dtype: DType): number {
  return dtype === "int32" ? Math.trunc(a / b) : a / b;
}

/** Value of x after a cast. */
export function castTo(x: number, dtype: DType): number {
  if (dtype === "bool") return x === 0 ? 0 : 1;
  return dtype === "int32" ? Math.trunc(x) : x;
}
