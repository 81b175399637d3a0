// The two kernels bit for bit, state by state, and every search against a plain recursion, whatever is given up.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Emissions } from "../ctc/emissions.js";
import { createAligner } from "./align.js";
import { findBestPath } from "./best-path.js";
import { compileWasmKernel, typescriptKernel, type KernelChoice } from "./kernels.js";
import { makeLattice } from "./lattice.js";
import { bestScore } from "./path-checks.js";
import { makeRowReader, suffixBounds } from "./rows.js";
import { layOutTargets, type OptionalText } from "./targets.js";

interface Problem {
  readonly emissions: Emissions;
  readonly targets: number[];
  readonly optional: OptionalText[];
  readonly beam: number;
}

/** Texts of a few symbols over noise: good paths wander far from each other, so a beam is often wrong. */
const problem: fc.Arbitrary<Problem> = fc
  .record({
    seed: fc.nat(),
    length: fc.integer({ min: 0, max: 45 }),
    stretch: fc.integer({ min: 0, max: 3 }),
  })
  .chain(({ seed, length, stretch }) => {
    let state = seed;
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const symbols = 3 + Math.floor(random() * 3);
    const frames = 2 * length + 1 + Math.floor(random() * 60);
    const data = Float64Array.from({ length: frames * symbols }, () => -8 * random() * random() * random());
    const targets = Array.from({ length }, () => 1 + Math.floor(random() * (symbols - 1)));
    const optional: OptionalText[] = [];
    for (let from = 2; stretch > 0 && from + stretch <= length; from += stretch + (seed % 3)) {
      optional.push({ from, to: from + stretch, logProb: -3 * random() });
    }
    const beam = fc.constantFrom(0.5, 2, 5, 12, 30, Infinity);
    return beam.map((width) => ({ emissions: { data, frames, symbols }, targets, optional, beam: width }));
  });

const wasm = compileWasmKernel();

function searchOf({ emissions, targets, optional, beam }: Problem) {
  const layout = layOutTargets(targets, { ...emissions, blank: 0 }, optional);
  const read = (from: number, to: number) =>
    emissions.data.subarray(from * emissions.symbols, to * emissions.symbols);
  const reader = makeRowReader({ ...emissions, read }, layout, 0, "best");
  const bounds = suffixBounds(reader, emissions.frames);
  return { frames: emissions.frames, layout, reader, bounds, beam, lower: -Infinity };
}

/** Everything a kernel has written after each of its steps over the frames. */
function statesOf(kernel: KernelChoice, input: Problem): unknown[] {
  const { frames, layout, reader, bounds } = searchOf(input);
  const columns = (layout.length + 4) & ~3;
  const size = {
    columns,
    stride: reader.stride,
    blockFrames: 7,
    arcCount: layout.optional.length,
    moveBytes: 7 * columns,
  };
  const lattice = makeLattice(size, kernel.allocate);
  const advance = kernel.bind(lattice.buffer);
  lattice.offsets.fill((reader.stride - 1) * 8);
  layout.order.forEach((symbol, i) => {
    lattice.offsets[i] = (1 + symbol) * 8;
    if (layout.order[i - 1] === symbol) lattice.skips[i] = -Infinity;
  });
  lattice.blanks.fill(-Infinity)[0] = 0;
  lattice.labels.fill(-Infinity);
  lattice.discarded[0] = -Infinity;
  lattice.arcs.set(layout.optional.flatMap(({ from, to }) => [from, to]));
  lattice.arcCosts.set(layout.optional.map(({ logProb }) => logProb));
  const states: unknown[] = [];
  for (let start = 0; start < frames; start += 7) {
    const end = Math.min(frames, start + 7);
    reader.read(lattice.rows, start, end);
    lattice.bounds.set(bounds.subarray(start, end));
    const slack = (layout.optional.length > 0 ? frames : frames - layout.length + 1) - start;
    const step = { frames: end - start, slack, limit: layout.length + 1, beam: input.beam, lower: -Infinity };
    advance(lattice, { ...step, moves: { first: 0, width: columns } });
    const { blanks, labels, range, discarded, moves } = lattice;
    states.push([blanks, labels, range, discarded, moves].map((array) => Array.from(array)));
  }
  return states;
}

describe("kernels", () => {
  it("write the same bits", () => {
    fc.assert(
      fc.property(problem, (input) => {
        expect(statesOf(typescriptKernel, input)).toEqual(statesOf(wasm, input));
      }),
      { numRuns: 150 },
    );
  });

  it("never promise more than there is, and know when they may have missed it", () => {
    let missed = 0;
    fc.assert(
      fc.property(problem, (input) => {
        const best = bestScore(input.emissions, input.targets, input.optional);
        for (const kernel of [wasm, typescriptKernel]) {
          const { path, score, discarded } = findBestPath(kernel, searchOf(input));
          expect(score).toBeLessThanOrEqual(best + 1e-9);
          if (score < best - 1e-9) {
            expect(discarded).toBeGreaterThanOrEqual(best - 1e-9);
            if (path) missed++;
          }
        }
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(missed).toBeGreaterThan(10); // so that the property above has met what it is about
  });

  it("find the best total under any beam", () => {
    const aligners = [createAligner({ kernel: "wasm" }), createAligner({ kernel: "typescript" })];
    fc.assert(
      fc.property(problem, (input) => {
        const { emissions, targets, optional, beam } = input;
        const best = bestScore(emissions, targets, optional);
        for (const { align } of aligners) {
          const { score } = align(emissions, targets, { optional, beam });
          expect(Math.abs(score - best)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(best)));
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
