import { describe, expect, it } from "vitest";
import type { TimedWord } from "@wav2vec/decoders";
import { segmentsOf } from "./segments.js";

const word = (text: string, start: number, end: number, confidence = 1): TimedWord => ({
  text,
  start,
  end,
  confidence,
  characters: [...text].map((character) => ({ text: character, start, end, confidence })),
});

describe("segmentsOf", () => {
  it("breaks at pauses", () => {
    const segments = segmentsOf([word("a", 0, 1), word("b", 1.7, 2), word("c", 3.1, 4)]);
    expect(segments.map(({ text, start, end }) => [text, start, end])).toEqual([
      ["a b", 0, 2],
      ["c", 3.1, 4],
    ]);
  });

  it("breaks what is too long at its longest pause, until all is short enough", () => {
    const words = [word("a", 0, 6), word("b", 6.5, 12), word("c", 12.2, 18), word("d", 18.3, 24)];
    expect(segmentsOf(words, { pauseSeconds: 1, maxSeconds: 13 }).map(({ text }) => text)).toEqual([
      "a",
      "b c",
      "d",
    ]);
  });

  it("halves speech without pauses rather than peeling words off it", () => {
    const words = Array.from({ length: 40 }, (_, i) => word("a", i / 2, (i + 1) / 2));
    for (const { start, end } of segmentsOf(words)) expect(end - start).toBeGreaterThanOrEqual(15 / 4);
  });

  it("keeps one long word whole", () => {
    expect(segmentsOf([word("a", 0, 100)])).toHaveLength(1);
  });

  it("weighs confidence by characters", () => {
    expect(segmentsOf([word("abc", 0, 1, 1), word("d", 1, 2, 0.2)])[0]!.confidence).toBeCloseTo(0.8, 12);
  });

  it("gives nothing for silence", () => {
    expect(segmentsOf([])).toEqual([]);
  });
});
