// Alignment against enumeration of all paths, between kernels, over checkpoints and under a beam; and its refusals.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAligner } from "./align.js";
import { findBestPath } from "./best-path.js";
import { compileWasmKernel, typescriptKernel } from "./kernels.js";
import type { Emissions } from "../ctc/emissions.js";
import { pathsOf, scoreOfPath, spelledBy } from "./path-checks.js";
import { makeRowReader, suffixBounds } from "./rows.js";
import { seededEmissions } from "./seeded-emissions.js";
import { layOutTargets, STAR } from "./targets.js";

const wasm = createAligner({ kernel: "wasm" });
const typescript = createAligner({ kernel: "typescript" });

/** Log-probabilities with zeros, ties and -Infinity among them. */
const logProb = fc.oneof(
  fc.double({ min: -20, max: 0, noNaN: true }),
  fc.integer({ min: -3, max: 0 }),
  fc.constant(-Infinity),
);
const tiny = fc
  .record({ frames: fc.integer({ min: 1, max: 6 }), symbols: fc.integer({ min: 1, max: 3 }) })
  .chain(({ frames, symbols }) =>
    fc.record({
      emissions: fc
        .array(logProb, { minLength: frames * symbols, maxLength: frames * symbols })
        .map((data): Emissions => ({ data: Float64Array.from(data), frames, symbols })),
      blank: fc.nat(symbols - 1),
      targets: fc.array(fc.nat(symbols - 1), { maxLength: 4 }),
    }),
  );

describe("align", () => {
  it("finds the best of all paths, or refuses where there is none, with both kernels", () => {
    fc.assert(
      fc.property(tiny, fc.constantFrom(Infinity, 1), ({ emissions, blank, targets: ids }, beam) => {
        const targets = ids.filter((id) => id !== blank);
        const all = [...pathsOf(emissions, targets, blank)].map((path) => scoreOfPath(emissions, path));
        const best = Math.max(-Infinity, ...all);
        for (const { align } of [wasm, typescript]) {
          if (best === -Infinity) {
            expect(() => align(emissions, targets, { blank, beam })).toThrow(/^align: /u);
            continue;
          }
          const { score, path } = align(emissions, targets, { blank, beam });
          expect(Math.abs(score - best)).toBeLessThanOrEqual(1e-9 * Math.abs(best));
          expect(spelledBy(path, targets)).toEqual(targets);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("gives the same path, bit for bit, from both kernels", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 2, max: 9 }),
        (seed, length, symbols) => {
          const { emissions, targets } = seededEmissions({ seed, length, symbols, framesPerSymbol: 3 });
          const beam = seed % 3 === 0 ? 5 : Infinity;
          const [a, b] = [wasm, typescript].map(({ align }) => align(emissions, targets, { beam }));
          expect(a!.score).toBe(b!.score);
          expect(a!.path).toEqual(b!.path);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("has the same answer with a beam too narrow to find it", () => {
    const { emissions, targets } = seededEmissions({
      seed: 4,
      length: 300,
      symbols: 8,
      framesPerSymbol: 4,
      noise: 6,
    });
    const exact = wasm.align(emissions, targets);
    const layout = layOutTargets(targets, { ...emissions, blank: 0 });
    const reader = makeRowReader(
      { ...emissions, read: (a, b) => emissions.data.subarray(a * 8, b * 8) },
      layout,
      0,
      "best",
    );
    const bounds = suffixBounds(reader, emissions.frames);
    const search = { frames: emissions.frames, layout, reader, bounds, beam: 0.5, lower: -Infinity };
    const narrow = findBestPath(typescriptKernel, search);
    expect(narrow.score).toBeLessThan(exact.score); // so the case needs the second search
    expect(narrow.discarded).toBeGreaterThanOrEqual(exact.score);
    const { score, path } = wasm.align(emissions, targets, { beam: 0.5 });
    expect(score).toBe(exact.score);
    expect(path).toEqual(exact.path);
  });

  it("traces a large lattice over checkpoints to the path of a single piece", () => {
    const { emissions, targets } = seededEmissions({
      seed: 9,
      length: 2500,
      symbols: 30,
      framesPerSymbol: 4,
    });
    const layout = layOutTargets(targets, { ...emissions, blank: 0 });
    const source = { ...emissions, read: (a: number, b: number) => emissions.data.subarray(a * 30, b * 30) };
    const reader = makeRowReader(source, layout, 0, "best");
    const search = {
      frames: emissions.frames,
      layout,
      reader,
      bounds: null,
      beam: Infinity,
      lower: -Infinity,
    };
    const checkpointed = findBestPath(compileWasmKernel(), search);
    const whole = findBestPath(compileWasmKernel(), { ...search, directMoves: Infinity });
    expect(emissions.frames * targets.length).toBeGreaterThan(1 << 24);
    expect(checkpointed.score).toBe(whole.score);
    expect(checkpointed.path).toEqual(whole.path);
    expect(wasm.align(emissions, targets, { beam: 50 }).path).toEqual(whole.path);
  });

  it("lets a star swallow what the text leaves out, and keeps its neighbours", () => {
    const { emissions, targets, starts } = seededEmissions({
      seed: 2,
      length: 40,
      symbols: 12,
      framesPerSymbol: 5,
    });
    const withStar = [...targets.slice(0, 10), STAR, ...targets.slice(30)];
    const whole = wasm.align(emissions, targets).spans;
    const { spans } = wasm.align(emissions, withStar);
    expect(spans.slice(0, 10)).toEqual(whole.slice(0, 10));
    expect(spans.slice(11).map(({ start, end }) => [start, end])).toEqual(
      whole.slice(30).map(({ start, end }) => [start, end]),
    );
    expect(Math.abs(spans[10]!.start - starts[10]!)).toBeLessThanOrEqual(3);
    expect(spans[10]!.symbol).toBe(STAR);
  });

  it("refuses what it cannot align, and says where", () => {
    const emissions = { data: new Float32Array(20).fill(-1), frames: 5, symbols: 4 };
    const damaged = (value: number) => ({
      ...emissions,
      data: emissions.data.map((x, i) => (i === 14 ? value : x)),
    });
    expect(() => wasm.align(damaged(NaN), [1])).toThrow("align: frame 3, symbol 2 is NaN");
    expect(() => wasm.align(damaged(Infinity), [1])).toThrow("frame 3, symbol 2 is Infinity");
    expect(() => wasm.align(emissions, [1, 0])).toThrow("target 1 is the blank, 0");
    expect(() => wasm.align(emissions, [1, 4])).toThrow("target 1 is 4; expected an id from 0 to 3");
    expect(() => wasm.align(emissions, [1, 1.5])).toThrow("target 1 is 1.5");
    expect(() => wasm.align(emissions, [1, 1, 1, 2])).toThrow("5 frames for 4 symbols and 2 blanks");
    expect(() => wasm.align({ ...emissions, frames: 6 }, [1])).toThrow(
      "20 numbers; expected 6 frames times 4 symbols",
    );
    expect(() => wasm.align({ ...emissions, frames: 0 }, [])).toThrow("[0, 4]; expected at least one frame");
    expect(() => wasm.align(emissions, [1], { blank: 4 })).toThrow("blank is 4");
    expect(() => wasm.align(emissions, [1], { beam: 0 })).toThrow("beam is 0");
    const silent = { ...emissions, data: emissions.data.map((x, i) => (i >= 8 && i < 12 ? -Infinity : x)) };
    expect(() => wasm.align(silent, [1], { beam: 9 })).toThrow("frame 2 gives probability 0");
  });
});
