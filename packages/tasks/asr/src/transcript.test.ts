import { describe, expect, it } from "vitest";
import { transcriptOf } from "./transcript.js";

const character = (text: string, start: number, end: number, confidence: number) => ({
  text,
  start,
  end,
  confidence,
});

describe("transcriptOf", () => {
  it("puts frames on seconds without rounding dust, 60 ms of silence on each side", () => {
    const word = {
      text: "A",
      start: 58,
      end: 59,
      confidence: 0.5,
      characters: [character("A", 58, 59, 0.5)],
    };
    const [segment] = transcriptOf([word], { secondsPerFrame: 0.02 }, 2).segments;
    expect(segment).toMatchObject({ start: 1.1, end: 1.24, text: "A", confidence: 0.5 });
    const [earlier] = transcriptOf([word], { secondsPerFrame: 0.02, emissionDelay: 0.05 }, 2).segments;
    expect(earlier).toMatchObject({ start: 1.05, end: 1.19 });
  });

  it("ends a word where a second of silence follows", () => {
    const characters = [character("A", 0, 1, 1), character("B", 2, 3, 0.25), character("C", 53, 54, 0.5)];
    const { text, segments } = transcriptOf(
      [{ text: "ABC", start: 0, end: 54, confidence: 0.5, characters }],
      { secondsPerFrame: 0.02 },
      2,
    );
    expect(text).toBe("AB C");
    expect(segments.map((segment) => segment.words[0])).toMatchObject([
      { text: "AB", start: 0, end: 0.12, confidence: expect.closeTo(0.5, 12) as number },
      { text: "C", start: 1, end: 1.14, confidence: 0.5 },
    ]);
  });
});
