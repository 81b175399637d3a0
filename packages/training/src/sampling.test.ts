import { expectClose, hasGoldens, openGolden } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { gumbelNoise, sampleNegatives } from "./negatives.js";
import { createRandom } from "./random.js";
import { fairseqSpanMask, huggingFaceSpanMask, maskedPositions, type SpanMask } from "./span-masks.js";

const options = { probability: 0.65, length: 10, minSpans: 2 };
const FRAMES = 499;
const ROWS = 10_000;

/** Mean and deviation of the share masked, of span lengths and of spans per row; shortest and longest span. */
function statistics(draw: () => SpanMask): number[] {
  const [shares, lengths, counts]: number[][] = [[], [], []];
  while (shares!.length < ROWS) {
    const {
      mask,
      shape: [rows, width],
    } = draw();
    for (let row = 0; row < rows; row++) {
      const runs: number[] = [];
      for (let i = 0; i < width; i++) {
        if (!mask[row * width + i]) continue;
        if (i > 0 && mask[row * width + i - 1]) runs[runs.length - 1]!++;
        else runs.push(1);
      }
      shares!.push(runs.reduce((a, b) => a + b, 0) / width);
      counts!.push(runs.length);
      for (const run of runs) lengths!.push(run);
    }
  }
  const moments = (xs: number[]) => {
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
    return [mean, Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length)];
  };
  const extremes = [lengths!.reduce((a, b) => Math.min(a, b)), lengths!.reduce((a, b) => Math.max(a, b))];
  return [...moments(shares!), ...moments(lengths!), ...moments(counts!), ...extremes];
}

describe.skipIf(!hasGoldens)("span masks have the distribution of", () => {
  const rules = { fairseq: fairseqSpanMask, hf: huggingFaceSpanMask } as const;
  const cases = (["fairseq", "hf"] as const).flatMap((rule) => [1, 8].map((rows) => ({ rule, rows })));
  it.each(cases)("$rule, $rows rows at a time", async ({ rule, rows }) => {
    const golden = await openGolden("mask-statistics");
    const expected = (await golden.tensor(`${rule}.${rows === 1 ? "one_row" : "rows_of_8"}`)).data;
    const random = createRandom(5);
    const counts = new Array<number>(rows).fill(FRAMES);
    const actual = statistics(() => rules[rule](counts, FRAMES, options, random));
    console.log(
      `${rule} ${rows}: ${actual.map((x) => x.toPrecision(4)).join(" ")}\n  expected ${[...expected].map((x) => x.toPrecision(4)).join(" ")}`,
    );
    for (const [mean, deviation] of [
      [0, 1],
      [2, 3],
      [4, 5],
    ] as const) {
      // Both sides are samples; rows of one batch hang together through trimming or common rounding.
      const samples = (mean === 2 ? ROWS * expected[4]! : ROWS) / rows;
      const error = (expected[deviation]! * Math.SQRT2) / Math.sqrt(samples);
      expect(Math.abs(actual[mean]! - expected[mean]!)).toBeLessThan(5 * error);
      expect(Math.abs(actual[deviation]! / expected[deviation]! - 1)).toBeLessThan(0.06);
    }
    expect(actual[6]).toBe(expected[6]);
    expect(actual[7]! / expected[7]!).toBeGreaterThan(0.7);
    expect(actual[7]! / expected[7]!).toBeLessThan(1.4);
  });

  it("fairseq's negatives: every other masked frame equally often, never the frame itself", async () => {
    const golden = await openGolden("mask-statistics");
    const random = createRandom(6);
    const drawn = new Float64Array(144);
    for (let i = 0; i < 500; i++)
      sampleNegatives([12], 100, random).forEach(
        (other, j) => (drawn[Math.floor(j / 100) * 12 + other]! += 1 / 50_000),
      );
    for (const key of ["fairseq.negatives", "hf.negatives"]) {
      const expected = (await golden.tensor(key)).data;
      drawn.forEach((share, i) => {
        if (expected[i] === 0) expect(share).toBe(0);
        else
          expect(Math.abs(share - expected[i]!)).toBeLessThan(
            5 * Math.sqrt((2 * (1 / 11) * (10 / 11)) / 50_000),
          );
      });
    }
  });
});

describe("span masks", () => {
  it("mask as many frames in each row, none of the padding, and never a whole row", () => {
    const random = createRandom(1);
    for (let i = 0; i < 300; i++) {
      const mask = fairseqSpanMask([60, 12, 33], 60, options, random);
      const positions = maskedPositions(mask);
      const [a, b, c] = positions.map((row) => row.length);
      expect([a, b]).toEqual([c, c]);
      expect(b).toBeGreaterThan(0);
      expect(b).toBeLessThan(12);
      expect(Math.max(...positions[1]!)).toBeLessThan(12);
    }
  });

  it("by Hugging Face's rule keep each row's own count, and leave rows shorter than a span alone", () => {
    const positions = maskedPositions(huggingFaceSpanMask([60, 5, 40], 60, options, createRandom(2)));
    expect(positions[1]!.length).toBe(0);
    expect(positions[0]!.length).toBeGreaterThan(10);
    expect(Math.max(...positions[2]!)).toBeLessThan(40);
  });
});

describe("the random generator", () => {
  it("is xoshiro128**: the first numbers after the state 1, 2, 3, 4", () => {
    const random = createRandom([1, 2, 3, 4]);
    // computed from the published C source
    expect(Array.from({ length: 6 }, () => random.uint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492,
    ]);
  });

  it("goes on from a saved state", () => {
    const random = createRandom(-7);
    for (let i = 0; i < 10; i++) random.uint32();
    const later = createRandom(JSON.parse(JSON.stringify(random.state())));
    expect(later.choose(50, 20)).toEqual(random.choose(50, 20));
    expect(later.normal()).toBe(random.normal());
  });

  it("draws uniform, normal and Gumbel numbers with the right moments", () => {
    const random = createRandom(3);
    const n = 200_000;
    const moments = (draw: () => number) => {
      const xs = Float64Array.from({ length: n }, draw);
      const mean = xs.reduce((a, b) => a + b, 0) / n;
      return [mean, xs.reduce((a, b) => a + (b - mean) ** 2, 0) / n];
    };
    expectClose(moments(random.uniform), [0.5, 1 / 12], 0.01);
    expectClose(moments(random.normal), [0, 1], 0.01);
    const noise = gumbelNoise(n, random);
    let i = 0;
    expectClose(
      moments(() => noise[i++]!),
      [0.5772, Math.PI ** 2 / 6],
      0.01,
    );
    const counts = new Float64Array(7);
    for (let j = 0; j < 70_000; j++) counts[random.below(7)]!++;
    expectClose(counts, new Float64Array(7).fill(10_000), 0.05);
  });

  it("refuses what is no seed and no state", () => {
    expect(() => createRandom(0.5)).toThrow("random: the seed is 0.5; expected a whole number");
    expect(() => createRandom([0, 0, 0, 0])).toThrow("random: the state is [0, 0, 0, 0]");
    expect(() => sampleNegatives([4, 1], 3, createRandom(1))).toThrow("negatives: row 1 has 1 masked frame");
  });
});
