import { describe, expect, it } from "vitest";
import { diarizationErrors, sumDiarizationErrors, type SpeakerTurn } from "./diarization.js";
import golden from "./fixtures/metrics.golden.json" with { type: "json" };

const DIGITS = 9; // both sides add seconds up in float64, in other orders

const turn = (start: number, end: number, speaker: string): SpeakerTurn => ({ start, end, speaker });
const turnsOf = (rows: readonly (readonly (string | number)[])[]) =>
  rows.map(([start, end, speaker]) => turn(Number(start), Number(end), String(speaker)));

describe("diarization errors", () => {
  it.each(golden.diarization.map((row, i) => ({ i, ...row })))(
    "of recording $i (collar $collar, without overlap: $skipOverlap) are pyannote's",
    ({ reference, hypothesis, collar, skipOverlap, scored, ...expected }) => {
      const errors = diarizationErrors(turnsOf(reference), turnsOf(hypothesis), {
        collar,
        skipOverlap,
        ...(scored && { scored: scored.map(([start, end]) => ({ start: start!, end: end! })) }),
      });
      for (const key of ["missed", "falseAlarm", "confusion", "total", "rate"] as const)
        expect(errors[key]).toBeCloseTo(expected[key], DIGITS);
    },
  );

  it("give speakers of one side to those of the other so that they share most time", () => {
    const reference = [turn(0, 10, "anna"), turn(10, 14, "bert")];
    const hypothesis = [turn(0, 6, "1"), turn(6, 13, "2"), turn(13, 14, "3")];
    // "2" shares 4 s with anna and 3 s with bert; giving "1" to anna (6 s) and "2" to bert (3 s) is best
    const { rate, confusion, speakers } = diarizationErrors(reference, hypothesis);
    expect(Object.fromEntries(speakers)).toEqual({ 1: "anna", 2: "bert" });
    expect(confusion).toBe(5);
    expect(rate).toBeCloseTo(5 / 14, DIGITS);
  });

  it("count a speaker once who has two turns at one time, and nobody as nobody", () => {
    const twice = [turn(0, 5, "a"), turn(3, 8, "a")];
    expect(diarizationErrors(twice, [turn(0, 8, "x")])).toMatchObject({ rate: 0, total: 8 });
    expect(diarizationErrors(twice, [])).toMatchObject({ rate: 1, missed: 8 });
    expect(diarizationErrors([], twice)).toMatchObject({ rate: Infinity, falseAlarm: 8 });
    expect(diarizationErrors([], []).rate).toBeNaN();
  });

  it("add up over recordings by seconds, not by rates", () => {
    const short = diarizationErrors([turn(0, 1, "a")], []);
    const long = diarizationErrors([turn(0, 9, "a")], [turn(0, 9, "b")]);
    expect(sumDiarizationErrors([short, long])).toEqual({ rate: 0.1, missed: 1, falseAlarm: 0, confusion: 0, total: 10 }); // prettier-ignore
  });

  it("refuse times that are none", () => {
    expect(() => diarizationErrors([turn(2, 1, "a")], [])).toThrow("a turn lasts from 2 to 1");
    expect(() => diarizationErrors([], [turn(0, Infinity, "a")])).toThrow("expected finite seconds");
    expect(() => diarizationErrors([], [], { collar: -0.1 })).toThrow("collar is -0.1");
  });
});
