import { describe, expect, it } from "vitest";
import { bootstrapInterval } from "./bootstrap.js";
import { calibration } from "./calibration.js";
import { classificationScores, confusionMatrix } from "./classification.js";
import { concordanceCorrelation, pearsonCorrelation } from "./concordance.js";
import golden from "./fixtures/metrics.golden.json" with { type: "json" };

const DIGITS = 12; // both sides compute in float64

describe("classification", () => {
  const { reference, predicted, labels, counts } = golden.classification;
  const matrix = confusionMatrix(reference, predicted, { labels });

  it("counts what scikit-learn counts, and finds the same classes by itself", () => {
    expect(matrix).toEqual({ labels, counts });
    expect(confusionMatrix(reference, predicted)).toEqual(matrix);
  });

  it("gives the reference's scores, over all and class by class", () => {
    const scores = classificationScores(matrix);
    expect(scores.accuracy).toBeCloseTo(golden.classification.accuracy, DIGITS);
    expect(scores.macroF1).toBeCloseTo(golden.classification.macroF1, DIGITS);
    expect(scores.unweightedAverageRecall).toBeCloseTo(golden.classification.unweightedAverageRecall, DIGITS);
    for (const [i, row] of scores.classes.entries()) {
      expect(row.label).toBe(labels[i]);
      for (const key of ["precision", "recall", "f1", "support"] as const)
        expect(row[key]).toBeCloseTo(golden.classification[key][i]!, DIGITS);
    }
  });

  it("does not let classes that never occur pull the means down", () => {
    const wider = confusionMatrix(reference, predicted, { labels: [...labels, "bored"] });
    const { macroF1, unweightedAverageRecall, classes } = classificationScores(wider);
    expect(macroF1).toBeCloseTo(golden.classification.macroF1, DIGITS);
    expect(unweightedAverageRecall).toBeCloseTo(golden.classification.unweightedAverageRecall, DIGITS);
    expect(classes[4]).toEqual({ label: "bored", precision: 0, recall: 0, f1: 0, support: 0 });
  });

  it.each([
    [["a"], ["a", "b"], undefined, "got 1 references and 2 predictions"],
    [[], [], undefined, "at least one"],
    [["a"], ["c"], ["a", "b"], 'got label "c"; expected one of a, b'],
    [["a"], ["a"], ["a", "a"], "labels repeat in [a, a]"],
  ])("refuses %j against %j", (real, called, known, message) => {
    expect(() => confusionMatrix(real, called, known ? { labels: known } : {})).toThrow(
      expect.objectContaining({ name: "MetricsError", message: expect.stringContaining(message) as string }),
    );
  });
});

describe("calibration", () => {
  const { confidence, correct, cases } = golden.reliability;
  const answers = confidence.map((value, i) => ({ confidence: value, correct: correct[i]! }));

  it.each(cases)("with $binCount bins is scikit-learn's", ({ binCount, expected, maximum }) => {
    const { expectedCalibrationError, maximumCalibrationError, bins } = calibration(answers, { binCount });
    expect(expectedCalibrationError).toBeCloseTo(expected, DIGITS);
    expect(maximumCalibrationError).toBeCloseTo(maximum, DIGITS);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(answers.length);
  });

  it("is perfect for answers that are as often right as they say, and counts the edges", () => {
    const even = [true, false, true, false].map((right) => ({ confidence: 0.5, correct: right }));
    expect(calibration(even).expectedCalibrationError).toBe(0);
    const sure = [0, 1].map((value) => ({ confidence: value, correct: value === 1 }));
    const edges = calibration(sure, { binCount: 4 });
    expect(edges.expectedCalibrationError).toBe(0);
    expect(edges.bins.map(({ count }) => count)).toEqual([1, 0, 0, 1]);
  });

  it("refuses what is no probability, no answer, no bin", () => {
    expect(() => calibration([{ confidence: 1.2, correct: true }])).toThrow("a confidence is 1.2");
    expect(() => calibration([])).toThrow("no answers");
    expect(() => calibration(answers, { binCount: 0 })).toThrow("binCount is 0");
  });
});

describe("correlations", () => {
  const { reference, predicted, concordance, pearson } = golden.concordance;

  it("are audmetric's", () => {
    expect(concordanceCorrelation(reference, predicted)).toBeCloseTo(concordance, DIGITS);
    expect(pearsonCorrelation(reference, predicted)).toBeCloseTo(pearson, DIGITS);
  });

  it("tell a shift: concordance loses by it, Pearson's does not", () => {
    const shifted = reference.map((value) => value + 1);
    expect(pearsonCorrelation(reference, shifted)).toBeCloseTo(1, DIGITS);
    expect(concordanceCorrelation(reference, shifted)).toBeLessThan(0.2);
    expect(() => concordanceCorrelation([1], [])).toThrow("got 1 references and 0 predictions");
  });
});

describe("bootstrap intervals", () => {
  const { values, mean, low, high } = golden.bootstrap;
  const average = (items: readonly number[]) => items.reduce((a, b) => a + b, 0) / items.length;

  it("are scipy's, up to the chance of the draws", () => {
    const interval = bootstrapInterval(values, average, { draws: 20_000 });
    expect(interval.value).toBeCloseTo(mean, DIGITS);
    // The standard error of an end point over 20,000 draws is about 0.004.
    expect(Math.abs(interval.low - low)).toBeLessThan(0.015);
    expect(Math.abs(interval.high - high)).toBeLessThan(0.015);
  });

  it("repeat with their seed", () => {
    expect(bootstrapInterval(values, average, { seed: 3 })).toEqual(bootstrapInterval(values, average, { seed: 3 })); // prettier-ignore
    expect(bootstrapInterval(values, average, { seed: 3 })).not.toEqual(bootstrapInterval(values, average, { seed: 4 })); // prettier-ignore
  });

  it("draw whole speakers: twins add no certainty", () => {
    const twins = values.flatMap((value, i) => [1, 2, 3, 4].map(() => ({ value, speaker: String(i) })));
    const measure = (items: readonly { value: number }[]) => average(items.map(({ value }) => value));
    const width = (interval: { low: number; high: number }) => interval.high - interval.low;
    const grouped = width(bootstrapInterval(twins, measure, { groupOf: ({ speaker }) => speaker }));
    expect(Math.abs(grouped - (high - low))).toBeLessThan(0.06);
    expect(width(bootstrapInterval(twins, measure))).toBeLessThan(0.65 * grouped); // one half in theory
  });

  it("refuse nothing, and a measure that seldom exists", () => {
    expect(() => bootstrapInterval([], average)).toThrow("no items");
    expect(() => bootstrapInterval([1], average, { confidence: 95 })).toThrow("confidence is 95");
    expect(() => bootstrapInterval([1], average, { draws: 0 })).toThrow("draws is 0");
    expect(() => bootstrapInterval([1, 2], () => NaN)).toThrow("the measure exists for 0 of 1000 draws");
  });
});
