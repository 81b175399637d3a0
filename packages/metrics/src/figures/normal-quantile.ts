// The scale of DET curves: how many standard deviations from the mean a share of a normal distribution ends.

/**
 * Inverse of the standard normal distribution function, by Newton steps on a rough start; right to 1e-9.
 *
 * @param p above 0 and below 1
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  // Abramowitz and Stegun 26.2.22, off by at most 3e-3
  let x = -(t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t));
  for (let step = 0; step < 4; step++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    x -= (lowerTail(x) - p) / density;
  }
  return x;
}

/** P(X < x) for x <= 0: a series near 0, the continued fraction of Mills' ratio further out. */
function lowerTail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x < -3) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / (fraction - x);
    return density / (fraction - x);
  }
  // 1/2 + density * (x + x^3/3 + x^5/15 + …)
  let [term, sum] = [x, x];
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + density * sum;
}
