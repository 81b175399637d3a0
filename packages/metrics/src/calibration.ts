// Whether a classifier that says 80 % is right 80 % of the time.
import { MetricsError } from "./metrics-error.js";

/** One answer: how sure the classifier was of it, and whether it was right. */
export interface Answer {
  /** Probability of the answer given, 0 to 1. */
  readonly confidence: number;
  readonly correct: boolean;
}

/** Answers of about the same confidence. */
export interface ReliabilityBin {
  /** Confidences of the bin: above `low` (0 included), up to `high`. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** NaN in an empty bin, as `accuracy`. */
  readonly meanConfidence: number;
  readonly accuracy: number;
}

/** How far confidence is from accuracy. */
export interface Calibration {
  /** Mean distance of confidence and accuracy over the bins, weighted by their counts (ECE). */
  readonly expectedCalibrationError: number;
  /** Largest distance in any bin (MCE). */
  readonly maximumCalibrationError: number;
  /** What a reliability diagram shows. */
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Compares confidences with accuracies in bins of equal width.
 *
 * @param options.binCount number of bins; default 15
 * @throws MetricsError without answers, for a confidence outside [0, 1] or a count that is none
 * @see Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2
 */
export function calibration(
  answers: readonly Answer[],
  { binCount = 15 }: { readonly binCount?: number } = {},
): Calibration {
  if (!Number.isInteger(binCount) || binCount < 1)
    throw new MetricsError(`calibration: binCount is ${binCount}; expected a whole number of at least 1`);
  if (answers.length === 0) throw new MetricsError("calibration: no answers; expected at least one");
  const wrong = answers.find(({ confidence }) => !(confidence >= 0 && confidence <= 1));
  if (wrong)
    throw new MetricsError(
      `calibration: a confidence is ${wrong.confidence}; expected a probability, 0 to 1`,
    );

  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const bins = Array.from({ length: binCount }, (_, i): ReliabilityBin => {
    const [low, high] = [i / binCount, (i + 1) / binCount];
    const inside = answers.filter(({ confidence: c }) => c <= high && (c > low || i === 0));
    return {
      low,
      high,
      count: inside.length,
      meanConfidence: mean(inside.map(({ confidence }) => confidence)),
      accuracy: mean(inside.map(({ correct }) => Number(correct))),
    };
  });
  const gaps = bins.flatMap(({ count, meanConfidence, accuracy }) =>
    count === 0 ? [] : [{ count, gap: Math.abs(meanConfidence - accuracy) }],
  );
  return {
    expectedCalibrationError: gaps.reduce((sum, { count, gap }) => sum + (count * gap) / answers.length, 0),
    maximumCalibrationError: Math.max(...gaps.map(({ gap }) => gap)),
    bins,
  };
}
