// WebVTT subtitles, `.vtt`: written with speakers and word marks, and read back.
import { timedTextOf, type TimedSegment } from "../timed-text.js";
import { makeCues, type Cue, type CueLine } from "./cues.js";
import { FormatError, makeFormat } from "./format.js";
import { formatTimestamp, parseTiming, toMilliseconds } from "./timestamps.js";
import { parseCueText } from "./vtt-cue-text.js";

/**
 * WebVTT: speakers become voice tags, and with `karaoke` every word carries its start.
 *
 * @see https://www.w3.org/TR/webvtt1/
 */
export const vtt = makeFormat("vtt", {
  extension: ".vtt",
  options: ["lineLength", "linesPerCue", "readingSpeed", "minimumGap", "overlaps", "karaoke"],
  render: (timedText, options = {}) => {
    const cues = makeCues(timedText, options).map((cue) => renderCue(cue, options.karaoke ?? false));
    return ["WEBVTT\n", ...cues].join("\n");
  },
  parse: (source) => timedTextOf(parseBlocks(source)),
});

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function renderCue({ start, end, lines, speaker }: Cue, karaoke: boolean): string {
  const body = lines.map((line) => (karaoke ? markWords(line, start, end) : escape(line.text))).join("\n");
  const voice = speaker === undefined ? "" : `<v ${escape(speaker.replace(/\s+/gu, " "))}>`;
  return `${formatTimestamp(start, ".")} --> ${formatTimestamp(end, ".")}\n${voice}${body}\n`;
}

/** Word marks must lie inside the cue and grow; a word at the very start needs none. */
function markWords({ text, words }: CueLine, start: number, end: number): string {
  if (words.length === 0) return escape(text);
  let last = start;
  const marked = words.map((word) => {
    const at = toMilliseconds(word.start);
    if (at <= last || at >= end) return escape(word.text);
    last = at;
    return `<${formatTimestamp(at, ".")}>${escape(word.text)}`;
  });
  return marked.join(" ");
}

function parseBlocks(source: string): TimedSegment[] {
  const lines = source.replace(/^\uFEFF/u, "").split(/\r\n|\r|\n/u);
  if (!/^WEBVTT(?:[ \t]|$)/u.test(lines[0] ?? "")) {
    throw new FormatError(
      "vtt",
      `${JSON.stringify(lines[0] ?? "")}; expected "WEBVTT"; is this a WebVTT file?`,
      1,
    );
  }
  const segments: TimedSegment[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (!lines[i]!.includes("-->")) continue; // identifiers, NOTE, STYLE and REGION blocks hold no arrow
    const times = parseTiming(lines[i]!);
    if (!times || times.end < times.start) {
      const expected = 'expected "00:00:00.000 --> 00:00:01.000", the end not before the start';
      throw new FormatError("vtt", `${JSON.stringify(lines[i])}; ${expected}`, i + 1);
    }
    const body: string[] = [];
    while (i + 1 < lines.length && lines[i + 1]!.trim() !== "" && !lines[i + 1]!.includes("-->"))
      body.push(lines[++i]!);
    segments.push({ ...parseCueText(body.join("\n"), times.start, times.end), confidence: null });
  }
  return segments;
}
