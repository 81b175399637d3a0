import { equalErrorRate } from "@wav2vec/metrics";
import { describe, expect, it } from "vitest";
import {
  bayesThreshold,
  calibrateScores,
  chooseThreshold,
  logLikelihoodRatio,
  requireSameScores,
} from "./calibration.js";
import golden from "./fixtures/speaker.golden.json" with { type: "json" };
import { voice } from "./fixtures/voices.js";
import { identifySpeaker } from "./identification.js";
import { createScoreNorm } from "./score-norm.js";
import { cosineSimilarity, meanEmbedding } from "./speaker-embedding.js";

const trialsOf = ({ scores, target }: { scores: number[]; target: boolean[] }) =>
  scores.map((score, i) => ({ score, target: target[i]! }));

describe("calibration", () => {
  it.each(["overlapping", "apart"] as const)("of %s scores is scikit-learn's logistic regression", (name) => {
    const { scale, offset } = calibrateScores(trialsOf(golden[name]));
    expect(scale / golden[name].scale).toBeCloseTo(1, 6); // both stop at a gradient near 1e-13
    expect(offset / golden[name].offset).toBeCloseTo(1, 6);
  });

  it("does not depend on how many trials of each kind there are", () => {
    const trials = trialsOf(golden.overlapping);
    const others = trials.filter(({ target }) => !target);
    const many = calibrateScores([...trials, ...others, ...others, ...others]);
    const few = calibrateScores(trials);
    expect(Math.abs(many.scale / few.scale - 1)).toBeLessThan(0.1); // Platt's targets grow surer with the count
    const even = -few.offset / few.scale;
    expect(Math.abs(logLikelihoodRatio(many, even))).toBeLessThan(0.2); // log 4 = 1.4 without the weights
  });

  it("reports what the scores are worth and chooses thresholds", () => {
    const trials = trialsOf(golden.overlapping);
    const calibration = calibrateScores(trials);
    expect(calibration.equalErrorRate).toEqual(equalErrorRate(trials));
    expect(calibration.logLikelihoodRatioCost).toBeGreaterThan(0.2);
    expect(calibration.logLikelihoodRatioCost).toBeLessThan(1);
    expect(chooseThreshold(trials)).toBe(calibration.equalErrorRate.threshold);
    expect(chooseThreshold(trials, { targetPrior: 0.01 })).toBeGreaterThan(chooseThreshold(trials));
    expect(bayesThreshold({})).toBe(0);
    expect(bayesThreshold({ targetPrior: 0.1, falseAlarmCost: 10 })).toBeCloseTo(Math.log(90), 12);
  });

  it("knows how its scores were normalised, and judges no others", () => {
    const trials = trialsOf(golden.overlapping);
    const raw = calibrateScores(trials);
    const settings = { cohortSize: 30, top: 30 };
    const normalised = calibrateScores(trials, { scoreNorm: settings });
    expect(normalised).toEqual({ ...raw, scoreNorm: settings });
    requireSameScores("here", raw, undefined);
    requireSameScores("here", normalised, settings);
    expect(() => requireSameScores("here", raw, settings)).toThrow(
      expect.objectContaining({ name: "SpeakerError", message: expect.stringContaining("here: the calibration is of cosines, and is to judge scores normalised by all of 30 voices") as string }), // prettier-ignore
    );
    expect(() => requireSameScores("here", normalised, undefined)).toThrow("is to judge cosines");
    expect(() => requireSameScores("here", normalised, { cohortSize: 30, top: 5 })).toThrow("the nearest 5 of 30 voices"); // prettier-ignore
  });

  it("gives constant scores no weight, and refuses trials of one kind", () => {
    const constant = [true, false, false].map((target) => ({ score: 0.5, target }));
    expect(logLikelihoodRatio(calibrateScores(constant), 0.5)).toBeCloseTo(0, 0);
    expect(() => calibrateScores(constant.slice(1))).toThrow("got 0 target trials and 2 others");
    expect(() => calibrateScores([...constant, { score: Infinity, target: true }])).toThrow(
      "a score is Infinity",
    );
    expect(() => bayesThreshold({ targetPrior: 0 })).toThrow("targetPrior is 0");
  });
});

describe("score normalisation", () => {
  const { a, b, cohort, all, top5 } = golden.scoreNorm;
  const voices = cohort.map((values) => voice(values));

  it("is numpy's, over all of the cohort and over the nearest", () => {
    expect(createScoreNorm(voices).score(voice(a), voice(b))).toBeCloseTo(all, 6); // vectors are float32
    expect(createScoreNorm(voices, { top: 5 }).score(voice(a), voice(b))).toBeCloseTo(top5, 6);
  });

  it("refuses cohorts that tell nothing, and voices of another model", () => {
    expect(() => createScoreNorm([voice(a)])).toThrow("the cohort has 1 voices");
    expect(() => createScoreNorm(voices, { top: 1 })).toThrow("top is 1");
    expect(() => createScoreNorm([voice(a), voice(a)]).score(voice(a), voice(b))).toThrow("is one voice in it several times"); // prettier-ignore
    expect(() => createScoreNorm(voices).score(voice(a, "b".repeat(64)), voice(b))).toThrow("of two models");
    expect(() => createScoreNorm([...voices, voice(a, "b".repeat(64))])).toThrow("of two models");
  });
});

describe("identification", () => {
  const known = [
    { name: "anna", embedding: voice([1, 0, 0]) },
    { name: "bert", embedding: voice([0, 1, 0]) },
  ];

  it("names the most alike of a closed set, whoever it is", () => {
    const { speaker, ranking } = identifySpeaker(voice([0.1, 0.3, 5]), known);
    expect(speaker).toBe("bert");
    expect(ranking.map(({ name }) => name)).toEqual(["bert", "anna"]);
    expect(ranking[0]!.score).toBeCloseTo(0.3 / Math.hypot(0.1, 0.3, 5), 6);
  });

  it("names nobody of an open set below the threshold", () => {
    expect(identifySpeaker(voice([0.1, 0.3, 5]), known, { threshold: 0.5 }).speaker).toBeUndefined();
    expect(identifySpeaker(voice([0.1, 3, 0.5]), known, { threshold: 0.5 }).speaker).toBe("bert");
  });

  it("ranks by normalised scores with a cohort", () => {
    const scoreNorm = createScoreNorm(golden.scoreNorm.cohort.map((values) => voice(values.slice(0, 3))));
    const [first] = identifySpeaker(voice([1, 2, 3]), known, { scoreNorm }).ranking;
    expect(first!.score).toBe(scoreNorm.score(voice([1, 2, 3]), known.find(({ name }) => name === first!.name)!.embedding)); // prettier-ignore
  });

  it("refuses nobody, one name twice, other models", () => {
    expect(() => identifySpeaker(voice([1]), [])).toThrow("nobody is known");
    expect(() => identifySpeaker(voice([1, 0, 0]), [...known, known[0]!])).toThrow('"anna" is known twice');
    expect(() => identifySpeaker(voice([1, 0, 0], "c".repeat(64)), known)).toThrow("of two models");
    expect(() => identifySpeaker(voice([1, 0, 0]), known, { threshold: NaN })).toThrow("threshold is NaN");
    expect(() => identifySpeaker(voice([1, 0, 0]), known, { threshold: 3 })).toThrow("expected a cosine from -1 to 1; one of normalised scores"); // prettier-ignore
  });
});

describe("embeddings", () => {
  it("have a mean of directions: a loud recording counts no more than a quiet one", () => {
    const mean = meanEmbedding([voice([100, 0]), voice([0, 1])]);
    expect([...mean.values]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
    expect(() => meanEmbedding([])).toThrow("got no embeddings");
    expect(() => cosineSimilarity(voice([1, 2]), voice([1, 2, 3]))).toThrow("of two models");
    expect(cosineSimilarity(voice([0, 0]), voice([1, 0]))).toBe(0);
  });
});
