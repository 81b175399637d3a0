// Text that may not have been said: against enumeration, between kernels, over checkpoints, and in use.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Emissions } from "../ctc/emissions.js";
import { createAligner } from "./align.js";
import { findBestPath } from "./best-path.js";
import { typescriptKernel, compileWasmKernel } from "./kernels.js";
import { pathsOf, scoreOfPath } from "./path-checks.js";
import { makeRowReader, suffixBounds } from "./rows.js";
import { seededEmissions } from "./seeded-emissions.js";
import { layOutTargets, type OptionalText } from "./targets.js";

const aligners = [createAligner({ kernel: "wasm" }), createAligner({ kernel: "typescript" })];
const { align } = aligners[0]!;

/** The best total over every choice of stretches to leave out, each with a blank frame in its place. */
function bestByEnumeration(
  emissions: Emissions,
  targets: readonly number[],
  optional: readonly OptionalText[],
): number {
  let best = -Infinity;
  for (let choice = 0; choice < 2 ** optional.length; choice++) {
    const out = optional.filter((_, i) => (choice >> i) & 1);
    const cost = out.reduce((sum, { logProb }) => sum + logProb, 0);
    const kept = targets.flatMap((id, i) =>
      out.some(({ from, to }) => i >= from && i < to) ? [] : [{ id, i }],
    );
    const joints = new Set(out.map(({ from }) => kept.filter(({ i }) => i < from).length)); // before kept target j
    for (const path of pathsOf(
      emissions,
      kept.map(({ id }) => id),
      0,
    )) {
      const starts = path.flatMap((id, frame) => (id !== 0 && id !== path[frame - 1] ? [frame] : []));
      const blankBefore = (j: number) => {
        const before = j < starts.length ? path[starts[j]! - 1] : path.at(-1);
        return j === starts.length && path.every((id) => id === 0) ? true : before === 0;
      };
      if ([...joints].every(blankBefore)) best = Math.max(best, cost + scoreOfPath(emissions, path));
    }
  }
  return best;
}

/** Every stretch of four symbols but the first and the last. */
const stretches = (length: number, logProb: number): OptionalText[] =>
  Array.from({ length: Math.floor(length / 4) - 2 }, (_, i) => ({ from: 4 * i + 4, to: 4 * i + 8, logProb }));

describe("optional text", () => {
  it("is left out exactly where that is best", () => {
    const value = fc.oneof(fc.double({ min: -9, max: 0, noNaN: true }), fc.constant(-Infinity));
    const input = fc.integer({ min: 1, max: 6 }).chain((frames) =>
      fc.record({
        data: fc.array(value, { minLength: frames * 3, maxLength: frames * 3 }),
        targets: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 5 }),
        cuts: fc.uniqueArray(fc.nat(5), { minLength: 2, maxLength: 4 }),
        touching: fc.boolean(),
        logProb: fc.double({ min: -6, max: 0, noNaN: true }),
        beam: fc.constantFrom(Infinity, 2),
      }),
    );
    fc.assert(
      fc.property(input, ({ data, targets, cuts, touching, logProb, beam }) => {
        const emissions = { data: Float64Array.from(data), frames: data.length / 3, symbols: 3 };
        const edges = cuts.map((cut) => Math.min(cut, targets.length)).sort((a, b) => a - b);
        const optional = edges
          .slice(1)
          .map((to, i) => ({ from: edges[i]!, to, logProb }))
          .filter(({ from, to }, i) => to > from && (touching || i % 2 === 0));
        const best = bestByEnumeration(emissions, targets, optional);
        const results = aligners.map((aligner) => {
          if (best > -Infinity) return aligner.align(emissions, targets, { optional, beam });
          expect(() => aligner.align(emissions, targets, { optional, beam })).toThrow(/^align: /u);
          return null;
        });
        expect(results[0]?.path).toEqual(results[1]?.path);
        if (results[0]) expect(Math.abs(results[0].score - best)).toBeLessThanOrEqual(1e-9 * Math.abs(best));
      }),
      { numRuns: 500 },
    );
  });

  it("is traced over checkpoints and divided blocks to the path of a single piece", () => {
    const { emissions, targets } = seededEmissions({ seed: 6, length: 400, symbols: 20, framesPerSymbol: 4 });
    const text = [...targets.slice(0, 120), ...targets.slice(200), ...targets.slice(0, 40)]; // said, left out, added
    const withText = [...targets.slice(0, 300), ...targets.slice(100, 160), ...targets.slice(300)];
    for (const ids of [text, withText]) {
      const layout = layOutTargets(ids, { ...emissions, blank: 0 }, stretches(ids.length, -6));
      const read = (a: number, b: number) => emissions.data.subarray(a * 20, b * 20);
      const reader = makeRowReader({ ...emissions, read }, layout, 0, "best");
      const bounds = suffixBounds(reader, emissions.frames);
      const search = { frames: emissions.frames, layout, reader, bounds, beam: Infinity, lower: -Infinity };
      const whole = findBestPath(compileWasmKernel(), search);
      for (const kernel of [compileWasmKernel(), typescriptKernel]) {
        const inBlocks = findBestPath(kernel, { ...search, directMoves: 1000 });
        expect(inBlocks.score).toBe(whole.score);
        expect(inBlocks.path).toEqual(whole.path);
      }
      const narrow = findBestPath(compileWasmKernel(), { ...search, beam: 60, directMoves: 1000 });
      if (narrow.discarded <= narrow.score) expect(narrow.path).toEqual(whole.path);
    }
  });

  it("finds the text that was not said, and keeps the times of the rest", () => {
    const { emissions, targets } = seededEmissions({ seed: 8, length: 200, symbols: 20, framesPerSymbol: 4 });
    const unsaid = targets.slice(20, 60).reverse();
    const text = [...targets.slice(0, 100), ...unsaid, ...targets.slice(100)];
    const { spans } = align(emissions, text, { optional: stretches(text.length, -10) });
    expect(spans.map(({ target }) => target)).toEqual([...text.keys()].filter((i) => i < 100 || i >= 140));
    const own = align(emissions, targets).spans;
    expect(spans.map(({ start, end }) => [start, end])).toEqual(own.map(({ start, end }) => [start, end]));
    expect(align(emissions, targets, { optional: stretches(targets.length, -10) }).spans).toEqual(own);
  });

  it("refuses stretches out of order, out of the text, or with a reward", () => {
    const emissions = { data: new Float32Array(20).fill(-1), frames: 10, symbols: 2 };
    const refused = (...optional: OptionalText[]) => expect(() => align(emissions, [1, 1, 1], { optional }));
    refused({ from: 1, to: 4, logProb: 0 }).toThrow("optional stretch 0 is targets 1 to 4");
    refused({ from: 1, to: 2, logProb: 1 }).toThrow("and at most 0");
    refused({ from: 1, to: 2, logProb: 0 }, { from: 0, to: 1, logProb: 0 }).toThrow("optional stretch 1");
  });
});
