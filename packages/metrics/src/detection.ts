// How well a score tells targets from others: ROC and DET points, equal error rate, detection cost.
import { MetricsError } from "./metrics-error.js";

/** One decision to be made: a score, the higher the likelier a target, and whether it is one. */
export interface Trial {
  readonly score: number;
  /** The right answer, e.g. that both recordings are of one speaker. */
  readonly target: boolean;
}

/** What happens when every score of at least `threshold` is accepted. */
export interface OperatingPoint {
  /** Infinity accepts nothing. */
  readonly threshold: number;
  /** Share of targets that are not accepted. */
  readonly missRate: number;
  /** Share of the others that are accepted. */
  readonly falseAlarmRate: number;
}

/** What a mistake costs, and how often targets are to be expected. */
export interface DetectionCosts {
  /** Default 0.01, that of NIST's speaker recognition evaluations since 2016 beside 0.005. */
  readonly targetPrior?: number;
  /** Default 1. */
  readonly missCost?: number;
  /** Default 1. */
  readonly falseAlarmCost?: number;
}

/**
 * Every operating point that the scores allow, from accepting all to accepting nothing: the points of the DET curve,
 * and, with 1 - missRate, of the ROC curve.
 *
 * @throws MetricsError without a target, without another, or if a score is not a number
 */
export function operatingPoints(trials: readonly Trial[]): OperatingPoint[] {
  const targets = trials.filter(({ target }) => target).length;
  const others = trials.length - targets;
  if (targets === 0 || others === 0) {
    throw new MetricsError(
      `operatingPoints: got ${targets} target trials and ${others} others; expected at least one of both`,
    );
  }
  const wrong = trials.find(({ score }) => Number.isNaN(score));
  if (wrong)
    throw new MetricsError("operatingPoints: a score is NaN; expected numbers; check the model's output");
  const sorted = [...trials].sort((a, b) => a.score - b.score);
  const points: OperatingPoint[] = [];
  let [missed, refused] = [0, 0];
  sorted.forEach(({ score, target }, i) => {
    if (i === 0 || score !== sorted[i - 1]!.score)
      points.push({ threshold: score, missRate: missed / targets, falseAlarmRate: 1 - refused / others });
    if (target) missed++;
    else refused++;
  });
  return [...points, { threshold: Infinity, missRate: 1, falseAlarmRate: 0 }];
}

/**
 * The rate at which misses and false alarms are equally frequent, between points on the line that joins them.
 *
 * @returns the rate, and the threshold of the point nearest to it
 * @throws MetricsError as operatingPoints
 */
export function equalErrorRate(trials: readonly Trial[]): { rate: number; threshold: number } {
  const points = operatingPoints(trials);
  const after = points.findIndex(({ missRate, falseAlarmRate }) => missRate >= falseAlarmRate);
  const [a, b] = [points[after - 1]!, points[after]!]; // the first point has no misses, the last only misses
  const gap = ({ missRate, falseAlarmRate }: OperatingPoint) => falseAlarmRate - missRate;
  const share = gap(a) / (gap(a) - gap(b));
  return {
    rate: a.missRate + share * (b.missRate - a.missRate),
    threshold: share < 0.5 || b.threshold === Infinity ? a.threshold : b.threshold,
  };
}

/**
 * The lowest detection cost of any threshold (minDCF), divided by the cost of the better of accepting all and nothing.
 *
 * @throws MetricsError as operatingPoints, and for a prior outside (0, 1) or a cost that is not above 0
 * @see NIST 2016 Speaker Recognition Evaluation Plan, section 3
 */
export function minimumDetectionCost(
  trials: readonly Trial[],
  costs: DetectionCosts = {},
): { cost: number; threshold: number } {
  const costOf = detectionCost(costs);
  return operatingPoints(trials)
    .map((point) => ({ cost: costOf(point), threshold: point.threshold }))
    .reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best));
}

/**
 * The normalised detection cost when scores of at least `threshold` are accepted (actDCF).
 *
 * @throws MetricsError as minimumDetectionCost
 */
export function actualDetectionCost(
  trials: readonly Trial[],
  threshold: number,
  costs: DetectionCosts = {},
): number {
  const costOf = detectionCost(costs);
  const point = operatingPoints(trials).find((candidate) => candidate.threshold >= threshold);
  if (!point) throw new MetricsError(`actualDetectionCost: threshold is ${threshold}; expected a number`);
  return costOf(point);
}

/**
 * Area under the ROC curve: how often a target's score is above another's, ties counting half.
 *
 * @throws MetricsError as operatingPoints
 */
export function areaUnderCurve(trials: readonly Trial[]): number {
  const points = operatingPoints(trials);
  return points.slice(1).reduce((area, b, i) => {
    const a = points[i]!;
    return area + (a.falseAlarmRate - b.falseAlarmRate) * (1 - (a.missRate + b.missRate) / 2);
  }, 0);
}

/**
 * How good log-likelihood ratios are at every prior at once (Cllr), in bits: 0 is perfect, 1 what no score gives.
 *
 * @param trials whose scores are natural log-likelihood ratios
 * @throws MetricsError as operatingPoints
 * @see Brümmer and du Preez 2006, "Application-independent evaluation of speaker detection"
 */
export function logLikelihoodRatioCost(trials: readonly Trial[]): number {
  operatingPoints(trials); // checks them
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const scores = (target: boolean) =>
    trials.filter((trial) => trial.target === target).map(({ score }) => score);
  return (mean(scores(true).map((x) => softplus(-x))) + mean(scores(false).map(softplus))) / (2 * Math.LN2);
}

/** log(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

function detectionCost({ targetPrior = 0.01, missCost = 1, falseAlarmCost = 1 }: DetectionCosts) {
  if (!(targetPrior > 0 && targetPrior < 1) || !(missCost > 0) || !(falseAlarmCost > 0)) {
    throw new MetricsError(
      `detection cost: targetPrior is ${targetPrior}, missCost ${missCost}, falseAlarmCost ${falseAlarmCost}; expected a prior between 0 and 1 and costs above 0`,
    );
  }
  const miss = missCost * targetPrior;
  const falseAlarm = falseAlarmCost * (1 - targetPrior);
  return ({ missRate, falseAlarmRate }: OperatingPoint) =>
    (miss * missRate + falseAlarm * falseAlarmRate) / Math.min(miss, falseAlarm);
}
