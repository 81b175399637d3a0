// The written files against the reference ones, and every reader against its writer.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { spansOf, type TimedText } from "../timed-text.js";
import { formats, type FormatName } from "./formats.js";

const shared = process.env["WAV2VEC_SHARED"] ?? new URL("../../../../../shared", import.meta.url).pathname;
const folder = `${shared}/reference/decoding/subtitles`;

interface Transcript {
  duration: number;
  segments: {
    start: number;
    end: number;
    text: string;
    words: { word: string; start: number; end: number; score: number }[];
  }[];
}

const timedText = ({ segments }: Transcript): TimedText => ({
  text: segments.map(({ text }) => text).join("\n"),
  segments: segments.map(({ words, ...segment }) => ({
    ...segment,
    confidence: null,
    words: words.map(({ word, score, ...times }) => ({
      ...times,
      text: word,
      confidence: score,
      characters: [],
    })),
  })),
});

describe.skipIf(!existsSync(folder))("formats against the reference files", () => {
  const transcripts: Record<string, Transcript> = existsSync(folder)
    ? JSON.parse(readFileSync(`${folder}/transcripts.json`, "utf8"))
    : {};
  for (const [name, transcript] of Object.entries(transcripts)) {
    const text = timedText(transcript);
    const expected = (ending: string) => readFileSync(`${folder}/${name}${ending}`, "utf8");

    it(`writes ${name} exactly as the reference does`, () => {
      expect(formats.srt.render(text)).toBe(expected(".srt"));
      expect(formats.vtt.render(text)).toBe(expected(".vtt"));
      expect(formats.textgrid.render(text, { duration: transcript.duration })).toBe(expected(".TextGrid"));
      expect(formats.ctm.render(text, { recording: name })).toBe(expected(".ctm"));
    });

    it.each(["srt", "vtt", "ctm", "json"] satisfies FormatName[])(
      `writes ${name} as it was read from %s`,
      (format) => {
        const { extension, parse, render } = formats[format];
        const source = format === "json" ? render(text) : expected(extension);
        expect(render(parse!(source), format === "ctm" ? { recording: name } : {})).toBe(source);
      },
    );

    it(`reads ${name} from the TextGrid it wrote`, () => {
      const { parse, render } = formats.textgrid;
      const read = parse!(expected(".TextGrid"));
      expect(read.segments.map((segment) => segment.text)).toContain(transcript.segments[0]!.text);
      expect(parse!(render(read, { duration: transcript.duration }))).toEqual(read);
    });

    it(`reads the words of ${name} with their times`, () => {
      const words = spansOf(text, "words").filter((word) => word.text.trim());
      const pick = (read: TimedText) =>
        spansOf(read, "words").map(({ start, end, text: word }) => [start, end, word]);
      expect(pick(formats.textgrid.parse!(expected(".TextGrid")))).toEqual(
        words.map((w) => [w.start, w.end, w.text]),
      );
      const fromCtm = pick(formats.ctm.parse!(expected(".ctm")));
      expect(fromCtm).toEqual(words.map((w) => [w.start, w.end, w.text.replace(/\s/gu, "")]));
    });
  }
});
