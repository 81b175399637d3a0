import { describe, expect, it } from "vitest";
import {
  actualDetectionCost,
  areaUnderCurve,
  equalErrorRate,
  logLikelihoodRatioCost,
  minimumDetectionCost,
  operatingPoints,
} from "./detection.js";
import golden from "./fixtures/metrics.golden.json" with { type: "json" };

const DIGITS = 12; // both sides compute in float64

describe("detection", () => {
  const { scores, target } = golden.detection;
  const trials = scores.map((score, i) => ({ score, target: target[i]! }));

  it("has the operating points of scikit-learn's ROC curve", () => {
    const points = operatingPoints(trials).reverse(); // its curve starts by accepting nothing
    const { missRates, falseAlarmRates, thresholds } = golden.detection;
    expect(points).toHaveLength(thresholds.length);
    for (const [i, { threshold, missRate, falseAlarmRate }] of points.entries()) {
      expect(threshold).toBe(thresholds[i] === "inf" ? Infinity : Number(thresholds[i]));
      expect(missRate).toBeCloseTo(missRates[i]!, DIGITS);
      expect(falseAlarmRate).toBeCloseTo(falseAlarmRates[i]!, DIGITS);
    }
  });

  it("has the reference's equal error rate and area", () => {
    const { rate, threshold } = equalErrorRate(trials);
    expect(rate).toBeCloseTo(golden.detection.equalErrorRate, DIGITS);
    const { missRate, falseAlarmRate } = operatingPoints(trials).find(
      (point) => point.threshold === threshold,
    )!; // one of them
    expect(Math.abs(missRate - falseAlarmRate)).toBeLessThan(0.02); // one target of sixty
    expect(areaUnderCurve(trials)).toBeCloseTo(golden.detection.areaUnderCurve, DIGITS);
  });

  it.each(golden.detection.minimumCosts)(
    "has the reference's minimum cost at prior $targetPrior",
    ({ cost, ...costs }) => {
      const best = minimumDetectionCost(trials, costs);
      expect(best.cost).toBeCloseTo(cost, DIGITS);
      expect(actualDetectionCost(trials, best.threshold, costs)).toBe(best.cost);
      expect(actualDetectionCost(trials, best.threshold + 1, costs)).toBeGreaterThan(best.cost);
    },
  );

  it("has the reference's cost of log-likelihood ratios, 1 bit for scores that say nothing", () => {
    const ratios = trials.map(({ score, target: isTarget }) => ({
      score: 2.5 * score - 1,
      target: isTarget,
    }));
    expect(logLikelihoodRatioCost(ratios)).toBeCloseTo(golden.detection.logLikelihoodRatioCost, DIGITS);
    const silent = trials.map((trial) => ({ ...trial, score: 0 }));
    expect(logLikelihoodRatioCost(silent)).toBeCloseTo(1, DIGITS);
    const sure = trials.map((trial) => ({ ...trial, score: trial.target ? 1e4 : -1e4 }));
    expect(logLikelihoodRatioCost(sure)).toBe(0);
  });

  it("knows perfect, inverted and constant scores", () => {
    const apart = [0.1, 0.2, 0.8, 0.9].map((score) => ({ score, target: score > 0.5 }));
    expect(equalErrorRate(apart)).toEqual({ rate: 0, threshold: 0.8 });
    expect(areaUnderCurve(apart)).toBe(1);
    const inverted = apart.map(({ score, target: isTarget }) => ({ score, target: !isTarget }));
    expect(equalErrorRate(inverted).rate).toBe(1);
    const constant = apart.map((trial) => ({ ...trial, score: 1 }));
    expect(equalErrorRate(constant)).toEqual({ rate: 0.5, threshold: 1 });
    expect(minimumDetectionCost(constant).cost).toBe(1);
  });

  it("refuses trials of one kind, NaN, impossible costs", () => {
    const one = [{ score: 1, target: true }];
    expect(() => equalErrorRate(one)).toThrow("got 1 target trials and 0 others");
    expect(() => operatingPoints([...one, { score: NaN, target: false }])).toThrow("a score is NaN");
    expect(() => minimumDetectionCost(trials, { targetPrior: 0 })).toThrow("targetPrior is 0");
    expect(() => minimumDetectionCost(trials, { missCost: -1 })).toThrow("missCost -1");
    expect(() => actualDetectionCost(trials, NaN)).toThrow("threshold is NaN");
  });
});
