// Posteriors against enumeration and against reference likelihoods; times on cases whose answer is known.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasReference, readReferenceTensors, referenceFolder } from "../reference-tensors.js";
import { createAligner } from "./align.js";
import { stateOccupancy } from "./forward-backward.js";
import { divideByPriors, labelPriors } from "./label-priors.js";
import type { Emissions } from "../ctc/emissions.js";
import { pathsOf, scoreOfPath } from "./path-checks.js";
import { seededEmissions } from "./seeded-emissions.js";
import { symbolCurves } from "./symbol-curves.js";
import {
  expectedTimes,
  fitShift,
  interpolateTimes,
  quantileTimes,
  shiftTimes,
  timesOfPath,
} from "./times.js";

const { align } = createAligner();

/** The state at each frame of a path that spells the targets: 2i before target i, 2i + 1 in it. */
function statesOfPath(path: readonly number[], blank: number): number[] {
  let state = 0;
  return path.map((id, frame) => {
    const last = frame > 0 ? path[frame - 1]! : blank;
    if (id === blank) return (state = state & 1 ? state + 1 : state);
    if (id !== last) state = state & 1 ? state + 2 : state + 1;
    return state;
  });
}

describe("stateOccupancy", () => {
  it("is the enumeration of all paths", () => {
    const clip = fc.record({
      frames: fc.integer({ min: 1, max: 6 }),
      symbols: fc.integer({ min: 2, max: 3 }),
    });
    const value = fc.oneof(fc.double({ min: -15, max: 0, noNaN: true }), fc.constant(-Infinity));
    const input = clip.chain(({ frames, symbols }) => {
      const data = fc.array(value, { minLength: frames * symbols, maxLength: frames * symbols });
      const targets = fc.array(fc.integer({ min: 1, max: symbols - 1 }), { maxLength: 4 });
      return fc.tuple(
        data.map((x): Emissions => ({ data: Float64Array.from(x), frames, symbols })),
        targets,
      );
    });
    fc.assert(
      fc.property(input, ([emissions, targets]) => {
        const paths = [...pathsOf(emissions, targets, 0)].filter(
          (path) => scoreOfPath(emissions, path) > -Infinity,
        );
        if (paths.length === 0) {
          expect(() => stateOccupancy(emissions, targets)).toThrow(/^align: /u);
          return;
        }
        const total = paths.reduce((sum, path) => sum + Math.exp(scoreOfPath(emissions, path)), 0);
        const width = 2 * targets.length + 1;
        const expected = new Float64Array(emissions.frames * width);
        for (const path of paths) {
          const share = Math.exp(scoreOfPath(emissions, path)) / total;
          statesOfPath(path, 0).forEach((state, frame) => (expected[frame * width + state]! += share));
        }
        const { logLikelihood, states } = stateOccupancy(emissions, targets);
        expect(Math.abs(logLikelihood - Math.log(total))).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(logLikelihood)),
        );
        states.forEach((posterior, i) =>
          expect(Math.abs(posterior - expected[i]!)).toBeLessThanOrEqual(1e-9),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.skipIf(!hasReference)("has the likelihoods of the reference emissions", () => {
    let count = 0;
    for (const file of ["emissions", "model"]) {
      const tensors = readReferenceTensors(`${referenceFolder}/emissions/${file}.safetensors`);
      const { items } = JSON.parse(readFileSync(`${referenceFolder}/emissions/${file}.json`, "utf8")) as {
        items: Record<
          string,
          { targets: number[]; log_prob_of_targets: number; best_path_of_targets: number }
        >;
      };
      for (const [
        name,
        { targets, log_prob_of_targets: total, best_path_of_targets: best },
      ] of Object.entries(items)) {
        const { data, shape } = tensors[name]!;
        const emissions = { data, frames: shape[0]!, symbols: shape[1]! };
        const { logLikelihood } = stateOccupancy(emissions, targets);
        expect(Math.abs(logLikelihood - total)).toBeLessThanOrEqual(1e-9 * Math.abs(total));
        expect(Math.abs(align(emissions, targets).score - best)).toBeLessThanOrEqual(1e-9 * Math.abs(best));
        count++;
      }
    }
    expect(count).toBe(18);
  });
});

describe("symbolCurves", () => {
  it("agrees in pieces with the whole text at once", () => {
    const { emissions, targets } = seededEmissions({
      seed: 5,
      length: 400,
      symbols: 20,
      framesPerSymbol: 4,
      noise: 3,
    });
    const { spans } = align(emissions, targets);
    const curves = symbolCurves(emissions, targets, spans);
    expect(curves.map(({ target }) => target)).toEqual(targets.map((_, i) => i));
    const { states } = stateOccupancy(emissions, targets);
    const width = 2 * targets.length + 1;
    let worst = 0;
    for (const { target, firstFrame, entered, left } of curves) {
      for (let frame = 0; frame < emissions.frames; frame++) {
        const at = frame - firstFrame;
        const posterior = at < 0 || at >= left.length ? 0 : entered[at]! - left[at]!;
        worst = Math.max(worst, Math.abs(posterior - states[frame * width + 2 * target + 1]!));
      }
    }
    expect(worst).toBeLessThanOrEqual(1e-8);
  });
});

describe("times", () => {
  /** Certain log-probabilities: the symbol at every frame is given. */
  const certain = (path: readonly number[], symbols: number): Emissions => ({
    data: Float64Array.from(
      path.flatMap((id) => Array.from({ length: symbols }, (_, v) => (v === id ? -1e-9 : -40))),
    ),
    frames: path.length,
    symbols,
  });

  it("are the path's own where there is no doubt, by every method", () => {
    const emissions = certain([0, 0, 1, 1, 0, 2, 2, 2, 0, 2], 3);
    const targets = [1, 2, 2];
    const alignment = align(emissions, targets);
    const curves = symbolCurves(emissions, targets, alignment.spans);
    const own = [
      { target: 0, start: 2, end: 4 },
      { target: 1, start: 5, end: 8 },
      { target: 2, start: 9, end: 10 },
    ];
    expect(timesOfPath(alignment.spans)).toEqual(own);
    for (const times of [
      expectedTimes(curves),
      quantileTimes(curves),
      interpolateTimes(emissions, targets, alignment),
    ]) {
      times.forEach(({ start, end }, i) => {
        expect(start).toBeCloseTo(own[i]!.start, 6);
        expect(end).toBeCloseTo(own[i]!.end, 6);
      });
    }
  });

  it("lie between frames where a frame is in doubt", () => {
    const half = Math.log(0.5);
    const never = -50;
    const data = Float64Array.from([0, never, half, half, never, 0, 0, never]);
    const emissions = { data, frames: 4, symbols: 2 };
    const alignment = align(emissions, [1]);
    const curves = symbolCurves(emissions, [1], alignment.spans);
    expect(expectedTimes(curves)[0]!.start).toBeCloseTo(1.5, 9); // frame 1 or 2, equally
    expect(expectedTimes(curves)[0]!.end).toBeCloseTo(3, 9);
    expect(quantileTimes(curves, { start: 0.25 })[0]!.start).toBeCloseTo(1, 9);
    expect(quantileTimes(curves, { start: 0.75 })[0]!.start).toBeCloseTo(2, 9);
    expect(interpolateTimes(emissions, [1], alignment)[0]!.start).toBeCloseTo(1.5, 9);
    expect(() => quantileTimes(curves, { end: 1 })).toThrow("end is 1");
  });

  it("move by a constant without crossing", () => {
    const times = [
      { target: 0, start: 2, end: 3 },
      { target: 1, start: 5, end: 6 },
      { target: 2, start: 6.5, end: 7 },
    ];
    expect(shiftTimes(times, { start: -1, end: 0.5 }, 8)).toEqual([
      { target: 0, start: 1, end: 3.5 },
      { target: 1, start: 4, end: 6 + 0.5 / 3 },
      { target: 2, start: 6 + 0.5 / 3, end: 7.5 },
    ]);
    expect(fitShift([0.02, 0.03, 0.5, 0.01])).toBeCloseTo(-0.025, 12);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2 }),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: -20, max: 20 }),
        (steps, start, end) => {
          let at = 0;
          const marks = steps.map((step) => (at += step));
          const spans = marks.slice(1).map((mark, i) => ({ target: i, start: marks[i]!, end: mark }));
          let last = 0;
          for (const span of shiftTimes(spans, { start, end }, at)) {
            expect(span.start).toBeGreaterThanOrEqual(last);
            expect(span.end).toBeGreaterThanOrEqual(span.start);
            last = span.end;
          }
          expect(last).toBeLessThanOrEqual(at);
        },
      ),
    );
  });
});

describe("label priors", () => {
  it("give back how often each symbol is said, and make spans longer", () => {
    const { emissions, targets } = seededEmissions({
      seed: 3,
      length: 100,
      symbols: 6,
      framesPerSymbol: 5,
      noise: 3,
    });
    const priors = labelPriors([emissions, emissions]);
    expect(priors.reduce((sum, prior) => sum + Math.exp(prior), 0)).toBeCloseTo(1, 5);
    expect(priors[0]).toBe(Math.max(...priors));
    const frames = (source: Parameters<typeof align>[0]) =>
      align(source, targets).spans.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(align(divideByPriors(emissions, priors, 0), targets).path).toEqual(align(emissions, targets).path);
    expect(frames(divideByPriors(emissions, priors, 1))).toBeGreaterThan(frames(emissions));
  });
});
