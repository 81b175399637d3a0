import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spreadTimes, spreadWords } from "./spread-times.js";

describe("spreadTimes", () => {
  it("lets close neighbours meet halfway and others grow by the most", () => {
    const spans = [
      { start: 5, end: 6, text: "a" },
      { start: 10, end: 11, text: "b" },
      { start: 30, end: 31, text: "c" },
    ];
    expect(spreadTimes(spans, { most: 3, frames: 33 })).toEqual([
      { start: 2, end: 8, text: "a" },
      { start: 8, end: 14, text: "b" },
      { start: 27, end: 33, text: "c" },
    ]);
  });

  it("keeps the order and never leaves the recording", () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 5 })));
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 6 }), (pairs, most) => {
        let at = 0;
        const spans = pairs.map(([gap, length]) => {
          const start = at + gap;
          at = start + length;
          return { start, end: at };
        });
        const spread = spreadTimes(spans, { most, frames: at });
        spread.forEach(({ start, end }, i) => {
          expect(start).toBeGreaterThanOrEqual(spread[i - 1]?.end ?? 0);
          expect(start).toBeLessThanOrEqual(spans[i]!.start);
          expect(end).toBeGreaterThanOrEqual(spans[i]!.end);
          expect(end).toBeLessThanOrEqual(at);
        });
      }),
    );
  });

  it("refuses a negative distance", () => {
    expect(() => spreadTimes([], { most: -1 })).toThrow(
      "spreadTimes: most is -1; expected frames, 0 or more",
    );
  });
});

describe("spreadWords", () => {
  it("moves the edges of words with those of their characters", () => {
    const word = (text: string, ...starts: number[]) => ({
      text,
      start: starts[0]!,
      end: starts.at(-1)! + 1,
      characters: starts.map((start) => ({ start, end: start + 1 })),
    });
    const [hi, you] = spreadWords([word("hi", 4, 7), word("you", 12, 14, 16)]);
    expect([hi!.text, hi!.start, hi!.end]).toEqual(["hi", 1, 10]);
    expect([you!.start, you!.end]).toEqual([10, 20]);
    expect(hi!.characters).toEqual([
      { start: 1, end: 6 },
      { start: 6, end: 10 },
    ]);
  });
});
