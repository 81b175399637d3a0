// How well predicted numbers follow the true ones, as for arousal and valence.
import { MetricsError } from "./metrics-error.js";

/**
 * Concordance correlation coefficient (CCC), -1 to 1: correlation that also loses by a wrong mean or spread.
 *
 * 2 cov(x, y) / (var x + var y + (mean x - mean y)^2), with population variances.
 *
 * @returns NaN if all numbers of both lists are one number
 * @throws MetricsError if the lists differ in length or are empty
 * @see Lin 1989, "A concordance correlation coefficient to evaluate reproducibility"
 */
export function concordanceCorrelation(reference: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const { covariance, referenceVariance, predictedVariance, shift } = moments(
    "concordanceCorrelation",
    reference,
    predicted,
  );
  return (2 * covariance) / (referenceVariance + predictedVariance + shift ** 2);
}

/**
 * Pearson's correlation coefficient, -1 to 1.
 *
 * @returns NaN if either list is one number throughout
 * @throws MetricsError if the lists differ in length or are empty
 */
export function pearsonCorrelation(reference: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const { covariance, referenceVariance, predictedVariance } = moments(
    "pearsonCorrelation",
    reference,
    predicted,
  );
  return covariance / Math.sqrt(referenceVariance * predictedVariance);
}

function moments(name: string, reference: ArrayLike<number>, predicted: ArrayLike<number>) {
  if (reference.length !== predicted.length || reference.length === 0) {
    throw new MetricsError(
      `${name}: got ${reference.length} references and ${predicted.length} predictions; expected as many of both, at least one`,
    );
  }
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
  const [referenceMean, predictedMean] = [mean(reference), mean(predicted)];
  const x = Array.from(reference, (value) => value - referenceMean);
  const y = Array.from(predicted, (value) => value - predictedMean);
  return {
    covariance: mean(x.map((value, i) => value * y[i]!)),
    referenceVariance: mean(x.map((value) => value ** 2)),
    predictedVariance: mean(y.map((value) => value ** 2)),
    shift: referenceMean - predictedMean,
  };
}
