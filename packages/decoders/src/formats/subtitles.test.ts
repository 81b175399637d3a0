// Subtitles a viewer can read: line length, reading speed, no overlaps, word marks, speakers.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timedTextOf, type TimedSegment } from "../timed-text.js";
import { makeCues } from "./cues.js";
import { formats } from "./formats.js";
import { graphemeCount } from "./lines.js";

/** A segment whose words last one second each. */
function spoken(text: string, start = 0, speaker?: string): TimedSegment {
  const words = text.split(" ").map((word, i) => ({
    text: word,
    start: start + i,
    end: start + i + 1,
    confidence: 0.5,
    characters: [],
  }));
  return { start, end: start + words.length, text, confidence: 0.5, words, speaker };
}

describe("makeCues", () => {
  it("fills lines up to the line length and times each cue by its words", () => {
    const cues = makeCues(timedTextOf([spoken("one two three four five six")]), {
      lineLength: 9,
      linesPerCue: 2,
    });
    expect(cues.map(({ start, end, lines }) => [start, end, ...lines.map(({ text }) => text)])).toEqual([
      [0, 3000, "one two", "three"],
      [3000, 6000, "four five", "six"],
    ]);
  });

  it("keeps a word that is longer than the line", () => {
    const cues = makeCues(timedTextOf([spoken("a Donaudampfschiff b")]), { lineLength: 5, linesPerCue: 1 });
    expect(cues.map(({ lines }) => lines[0]!.text)).toEqual(["a", "Donaudampfschiff", "b"]);
  });

  it("shares the time by length where no words are timed", () => {
    const segment = { start: 0, end: 8, text: "aa bbbbbb", confidence: null, words: [] };
    const cues = makeCues(timedTextOf([segment]), { lineLength: 6, linesPerCue: 1 });
    expect(cues.map(({ start, end }) => [start, end])).toEqual([
      [0, 2000],
      [2000, 8000],
    ]);
  });

  it("holds a fast cue into the silence after it, up to the gap before the next", () => {
    const segments = [{ ...spoken("abcdefghij"), end: 1 }, spoken("k", 1.5)];
    expect(makeCues(timedTextOf(segments), { readingSpeed: 10 })[0]!.end).toBe(1000);
    expect(makeCues(timedTextOf(segments), { readingSpeed: 8 })[0]!.end).toBe(1250);
    expect(makeCues(timedTextOf(segments), { readingSpeed: 1, minimumGap: 0.1 })[0]!.end).toBe(1400);
  });

  it("ends a cue where the next starts, and joins cues that start together", () => {
    const segments = [spoken("a b c"), spoken("d", 1), spoken("e", 1)];
    const cues = makeCues(timedTextOf(segments));
    expect(cues.map(({ start, end, lines }) => [start, end, lines.length])).toEqual([
      [0, 1000, 1],
      [1000, 2000, 2],
    ]);
    expect(makeCues(timedTextOf(segments), { overlaps: true }).map(({ end }) => end)).toEqual([
      3000, 2000, 2000,
    ]);
  });

  it("never overlaps, never loses a word, whatever the times", () => {
    const word = fc.record({
      text: fc.stringMatching(/^[a-zé]{1,9}$/u),
      length: fc.integer({ min: 0, max: 900 }),
    });
    const line = fc.record({
      start: fc.integer({ min: 0, max: 9000 }),
      words: fc.array(word, { minLength: 1, maxLength: 9 }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.integer({ min: 1, max: 30 }), (lines, lineLength) => {
        const segments = lines.map(({ start, words }) => {
          let at = start / 1000;
          const timed = words.map(({ text, length }) => ({
            text,
            start: at,
            end: (at += length / 1000),
            confidence: null,
            characters: [],
          }));
          return {
            start: start / 1000,
            end: at,
            text: words.map(({ text }) => text).join(" "),
            confidence: null,
            words: timed,
          };
        });
        const cues = makeCues(timedTextOf(segments), { lineLength, readingSpeed: 15 });
        cues.forEach((cue, i) => {
          expect(cue.end).toBeGreaterThan(cue.start);
          if (i > 0) expect(cue.start).toBeGreaterThanOrEqual(cues[i - 1]!.end);
          for (const { text } of cue.lines)
            expect(text.includes(" ") ? graphemeCount(text) : 0).toBeLessThanOrEqual(lineLength);
        });
        const shown = cues.flatMap((cue) => cue.lines.flatMap(({ text }) => text.split(" ")));
        const said = lines.flatMap(({ words }) => words.map(({ text }) => text));
        expect(shown.sort()).toEqual(said.sort());
      }),
      { numRuns: 200 },
    );
  });
});

describe("vtt", () => {
  it("marks words and speakers, and reads both back", () => {
    const source = formats.vtt.render(timedTextOf([spoken("so < well", 1, "Ann")]), { karaoke: true });
    expect(source).toContain("<v Ann>so <00:00:02.000>&lt; <00:00:03.000>well");
    const read = formats.vtt.parse!(source).segments[0]!;
    expect(read.speaker).toBe("Ann");
    expect(read.text).toBe("so < well");
    expect(read.words.map(({ text, start, end }) => [text, start, end])).toEqual([
      ["so", 1, 2],
      ["<", 2, 3],
      ["well", 3, 4],
    ]);
  });

  it("passes over notes, styles, identifiers and settings", () => {
    const source =
      "WEBVTT - title\n\nNOTE a note\nof two lines\n\nSTYLE\n::cue { color: red }\n\nid 1\n00:01.5 --> 00:02.000 align:start\n<i>hi</i> &amp; bye\n";
    expect(formats.vtt.parse!(source).segments).toEqual([
      { start: 1.5, end: 2, text: "hi & bye", confidence: null, words: [] },
    ]);
  });

  it("says which line is wrong", () => {
    expect(() => formats.vtt.parse!("1\n00:00:01,000 --> 00:00:02,000\nhi")).toThrow(
      'vtt: line 1: "1"; expected "WEBVTT"',
    );
    expect(() => formats.vtt.parse!("WEBVTT\n\n00:00:03.000 --> 00:00:02.000\nhi")).toThrow("vtt: line 3:");
  });
});

describe("srt", () => {
  it("reads files with a mark, returns, blank lines in cues and lines that look like numbers", () => {
    const source =
      "\uFEFF1\r\n00:00:01,000 --> 00:00:02,5\r\n12\r\n\r\nmonths\r\n\r\n2\r\n00:00:03.000 --> 00:00:04.000\r\n7\r\n";
    const segments = formats.srt.parse!(source).segments;
    expect(segments.map(({ start, end, text }) => [start, end, text])).toEqual([
      [1, 2.5, "12\n\nmonths"],
      [3, 4, "7"],
    ]);
  });

  it("refuses what is no SRT", () => {
    expect(() => formats.srt.parse!("hello\n")).toThrow('srt: line 1: "hello"; expected a number');
    expect(() => formats.srt.parse!("1\n00:00:05,000 --> 00:00:02,000\nx\n")).toThrow(
      "srt: line 2: the cue ends at 2 s",
    );
  });
});
