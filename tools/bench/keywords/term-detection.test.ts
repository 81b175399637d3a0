import { describe, expect, it } from "vitest";
import {
  bestThreshold,
  detectionRates,
  figureOfMerit,
  matchDetections,
  maximumTermWeightedValue,
  termWeightedValue,
} from "./term-detection.js";

const said = (term: string, start: number, clip = "a") => ({ term, clip, start, end: start + 0.5 });
const heard = (term: string, start: number, score: number, clip = "a") => ({ ...said(term, start, clip), score }); // prettier-ignore

describe("matching", () => {
  it("takes each word once, the nearest, within half a second", () => {
    const occurrences = [said("one", 1), said("one", 2), said("two", 3)];
    const judged = matchDetections(
      [heard("one", 1.9, 0.9), heard("one", 1.6, 0.8), heard("one", 1, 0.7), heard("two", 4, 0.6), heard("two", 3, 0.5, "b"), heard("two", 3.7, 0.4)], // prettier-ignore
      occurrences,
    );
    // 1.9 takes 2; 1.6 is 0.35 s behind the end of 1 and takes it; 1 finds nothing left; 4 is 0.75 s away
    expect(judged.map(({ correct }) => correct)).toEqual([true, true, false, false, false, true]);
  });
});

describe("measures", () => {
  const speech = { occurrences: [said("one", 1), said("one", 5), said("two", 9), said("two", 20)], seconds: 1004 }; // prettier-ignore
  const judged = matchDetections(
    [heard("one", 1, 0.9), heard("one", 5, 0.8), heard("two", 15, 0.7), heard("two", 9, 0.6), heard("one", 30, 0.5)], // prettier-ignore
    speech.occurrences,
  );

  it("are precision, recall and F1 at a threshold", () => {
    expect(detectionRates(judged, speech, 0.6)).toEqual({ precision: 3 / 4, recall: 3 / 4, f1: 6 / 8, falseAlarms: 1 }); // prettier-ignore
    expect(detectionRates(judged, speech)).toMatchObject({ precision: 3 / 5, falseAlarms: 2 });
    expect(bestThreshold(judged, speech)).toBe(0.6);
  });

  it("weigh terms alike: NIST's value, with a chance of a false alarm each second", () => {
    // one: nothing missed, 1 false alarm in 1002 seconds; two: half missed, as many false alarms
    expect(termWeightedValue(judged, speech)).toBeCloseTo(1 - (999.9 / 1002 + 0.5 + 999.9 / 1002) / 2, 12);
    expect(maximumTermWeightedValue(judged, speech)).toEqual({ value: 0.5, threshold: 0.8 });
    expect(maximumTermWeightedValue([], speech)).toEqual({ value: 0, threshold: Infinity });
  });

  it("average recall over false alarms: hits and false alarms of one score come evenly", () => {
    // two terms, 0.2789 h: 0.558, 1.116 … 5.578 false alarms are allowed, 2 are there
    // recall 0.5 up to no false alarm, 0.75 at one, 0.75 at two: at 0.558 it is 0.5 + 0.558 * 0 (the false alarm at 0.7
    // comes before the hit at 0.6), from 1.116 on 0.75
    expect(figureOfMerit(judged, speech)).toBeCloseTo((0.5 + 9 * 0.75) / 10, 12);
    const even = [0.5, 0.5].map((score, i) => ({ term: "one", clip: "a", score, correct: i === 0 }));
    expect(figureOfMerit(even, { ...speech, seconds: 900 })).toBeCloseTo((0.5 * 0.25 + 9 * 0.25) / 10, 12);
  });
});
