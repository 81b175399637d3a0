// SubRip subtitles, `.srt`: numbered cues, written and read.
import { timedTextOf, type TimedSegment } from "../timed-text.js";
import { makeCues } from "./cues.js";
import { FormatError, makeFormat } from "./format.js";
import { formatTimestamp, parseTiming } from "./timestamps.js";

/** SRT: cues without text are left out and numbers stay consecutive; nothing is escaped. */
export const srt = makeFormat("srt", {
  extension: ".srt",
  options: ["lineLength", "linesPerCue", "readingSpeed", "minimumGap", "overlaps"],
  render: (timedText, options) =>
    makeCues(timedText, options)
      .map(({ start, end, lines }, i) => {
        const times = `${formatTimestamp(start, ",")} --> ${formatTimestamp(end, ",")}`;
        return `${i + 1}\n${times}\n${lines.map(({ text }) => text).join("\n")}\n`;
      })
      .join("\n"),
  parse: (source) => timedTextOf(parseCues(source)),
});

/** A cue starts at a timing line; the number above it may be missing, blank lines may stand inside it. */
function parseCues(source: string): TimedSegment[] {
  const lines = source.replace(/^\uFEFF/u, "").split(/\r\n|\r|\n/u);
  const starts = lines.flatMap((line, i) => (line.includes("-->") && parseTiming(line) ? [i] : []));
  const first = starts[0] ?? lines.length;
  const before = lines.findIndex((line, i) => i < first && line.trim() !== "" && !isNumber(line));
  if (before >= 0) {
    const expected = 'expected a number or "00:00:00,000 --> 00:00:01,000"; is this an SRT file?';
    throw new FormatError("srt", `${JSON.stringify(lines[before])}; ${expected}`, before + 1);
  }
  return starts.map((at, i) => {
    const { start, end } = parseTiming(lines[at]!)!; // lines in `starts` parse
    if (end < start)
      throw new FormatError("srt", `the cue ends at ${end} s, before it starts at ${start} s`, at + 1);
    const body = lines.slice(at + 1, starts[i + 1] ?? lines.length);
    const isLast = i === starts.length - 1;
    while (body.at(-1)?.trim() === "") body.pop();
    if (!isLast && isNumber(body.at(-1) ?? "") && (body.length === 1 || body.at(-2)?.trim() === ""))
      body.pop();
    while (body.at(-1)?.trim() === "") body.pop();
    return { start, end, text: body.join("\n"), confidence: null, words: [] };
  });
}

const isNumber = (line: string): boolean => /^\s*\d+\s*$/u.test(line);
