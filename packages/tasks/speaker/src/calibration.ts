// From scores to decisions: what trials with known answers tell about thresholds and likelihoods.
import {
  equalErrorRate,
  logLikelihoodRatioCost,
  MetricsError,
  minimumDetectionCost,
  type DetectionCosts,
  type Trial,
} from "@wav2vec/metrics";
import type { ScoreNormSettings } from "./score-norm.js";
import { SpeakerError } from "./speaker-error.js";

/** How the scores of one model turn into log-likelihood ratios. Plain data: it may be kept as JSON. */
export interface ScoreCalibration {
  /** Natural log-likelihood ratio = scale * score + offset. */
  readonly scale: number;
  readonly offset: number;
  /** On the trials: the rate at which both kinds of error are equally frequent, and the score where that is. */
  readonly equalErrorRate: { readonly rate: number; readonly threshold: number };
  /** Cllr of the trials after calibration, in bits: 0 is perfect, 1 useless. On other trials it is higher. */
  readonly logLikelihoodRatioCost: number;
  /** How the scores were normalised; absent if they are cosines. It judges no scores of another kind. */
  readonly scoreNorm?: ScoreNormSettings;
}

/**
 * Fits log-likelihood ratios to scores by logistic regression (Platt scaling), both kinds of trials weighing one half,
 * so that the ratio of target and other trials does not matter.
 *
 * Targets of the fit are Platt's, (n + 1) / (n + 2) and 1 / (n + 2): scores that separate all trials give a finite scale.
 *
 * @param trials scores of one model, raw or normalised, with the right answers
 * @param options.scoreNorm what normalised the scores; default: they are cosines
 * @throws MetricsError without trials of both kinds, or if a score is not finite
 * @see Platt 1999, "Probabilistic outputs for support vector machines"; Brümmer 2010, section 5 (prior weighting)
 */
export function calibrateScores(
  trials: readonly Trial[],
  { scoreNorm }: { readonly scoreNorm?: ScoreNormSettings } = {},
): ScoreCalibration {
  const rate = equalErrorRate(trials); // checks that both kinds are there
  const wrong = trials.find(({ score }) => !Number.isFinite(score));
  if (wrong) throw new MetricsError(`calibrateScores: a score is ${wrong.score}; expected finite numbers`);
  const line = fitLogistic(trials);
  const calibrated = trials.map(({ score, target }) => ({ score: line.scale * score + line.offset, target }));
  return {
    ...line,
    equalErrorRate: rate,
    logLikelihoodRatioCost: logLikelihoodRatioCost(calibrated),
    ...(scoreNorm && { scoreNorm: { cohortSize: scoreNorm.cohortSize, top: scoreNorm.top } }),
  };
}

/** @throws SpeakerError if a calibration is of scores that were normalised otherwise than those it is to judge */
export function requireSameScores(
  where: string,
  { scoreNorm: calibrated }: ScoreCalibration,
  scoreNorm: ScoreNormSettings | undefined,
): void {
  if (calibrated?.cohortSize === scoreNorm?.cohortSize && calibrated?.top === scoreNorm?.top) return;
  throw new SpeakerError(
    `${where}: the calibration is of ${kindOf(calibrated)}, and is to judge ${kindOf(scoreNorm)}; expected scores of one kind; calibrate with the cohort that is decided with, or both without one`,
  );
}

const kindOf = (scoreNorm: ScoreNormSettings | undefined): string =>
  scoreNorm
    ? `scores normalised by ${scoreNorm.top === scoreNorm.cohortSize ? "all" : `the nearest ${scoreNorm.top}`} of ${scoreNorm.cohortSize} voices`
    : "cosines";

/** Natural log of how much likelier a score is from one speaker than from two. */
export function logLikelihoodRatio({ scale, offset }: ScoreCalibration, score: number): number {
  return scale * score + offset;
}

/**
 * The log-likelihood ratio from which accepting costs less than refusing: log(Cfa (1 - P) / (Cmiss P)).
 *
 * @param costs default: one speaker and two are equally likely, both mistakes cost the same; the threshold is 0
 */
export function bayesThreshold({
  targetPrior = 0.5,
  missCost = 1,
  falseAlarmCost = 1,
}: DetectionCosts): number {
  if (!(targetPrior > 0 && targetPrior < 1) || !(missCost > 0) || !(falseAlarmCost > 0)) {
    throw new MetricsError(
      `bayesThreshold: targetPrior is ${targetPrior}, missCost ${missCost}, falseAlarmCost ${falseAlarmCost}; expected a prior between 0 and 1 and costs above 0`,
    );
  }
  return Math.log((falseAlarmCost * (1 - targetPrior)) / (missCost * targetPrior));
}

/**
 * The score threshold for `verify`: the one of the equal error rate, or of the lowest detection cost if costs are given.
 *
 * @throws MetricsError as calibrateScores
 */
export function chooseThreshold(trials: readonly Trial[], costs?: DetectionCosts): number {
  return (costs ? minimumDetectionCost(trials, costs) : equalErrorRate(trials)).threshold;
}

/** Minimises the weighted cross entropy over scale and offset by Newton's method, on standardised scores. */
function fitLogistic(trials: readonly Trial[]): { scale: number; offset: number } {
  const targets = trials.filter(({ target }) => target).length;
  const others = trials.length - targets;
  const mean = trials.reduce((sum, { score }) => sum + score, 0) / trials.length;
  const spread =
    Math.sqrt(trials.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / trials.length) || 1;
  const points = trials.map(({ score, target }) => ({
    x: (score - mean) / spread,
    goal: target ? (targets + 1) / (targets + 2) : 1 / (others + 2),
    weight: target ? 0.5 / targets : 0.5 / others,
  }));
  const lossAt = (a: number, b: number) =>
    points.reduce((sum, { x, goal, weight }) => {
      const z = a * x + b;
      return sum + weight * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - goal * z);
    }, 0);

  let [a, b] = [0, 0];
  for (let step = 0; step < 100; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (const { x, goal, weight } of points) {
      const p = 1 / (1 + Math.exp(-(a * x + b)));
      const curve = weight * p * (1 - p);
      ga += weight * (p - goal) * x;
      gb += weight * (p - goal);
      haa += curve * x * x;
      hab += curve * x;
      hbb += curve;
    }
    if (Math.hypot(ga, gb) < 1e-13) break;
    haa += 1e-12; // constant scores have no slope of their own
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    const before = lossAt(a, b);
    let size = 1;
    while (size > 1e-9 && lossAt(a - size * da, b - size * db) > before) size /= 2;
    [a, b] = [a - size * da, b - size * db];
  }
  return { scale: a / spread, offset: b - (a * mean) / spread };
}
