// Subtitle cues: segments cut to lines of a readable length, shown long enough, never over each other.
import type { TimedSegment, TimedText, TimedWord } from "../timed-text.js";
import { FormatError, type RenderOptions } from "./format.js";
import { graphemeCount, linesOf, wrapWords } from "./lines.js";
import { toMilliseconds } from "./timestamps.js";

/** One subtitle on the screen; times in whole milliseconds. */
export interface Cue {
  start: number;
  end: number;
  readonly lines: CueLine[];
  readonly speaker?: string | undefined;
}

/** One line of a cue, with the words it is made of where they spell it. */
export interface CueLine {
  readonly text: string;
  readonly words: readonly { readonly text: string; readonly start: number }[];
}

/**
 * Turns segments into subtitle cues in order of time.
 *
 * Starts are never moved, except that a cue split from a segment starts with its first word. Cues that start in
 * the same millisecond become one, unless overlaps are wanted. A cue too fast for `readingSpeed` is held into
 * the silence after it, and no further: where speech is faster than the limit, the limit gives way.
 *
 * @throws FormatError if an option is out of range
 */
export function makeCues(timedText: TimedText, options: RenderOptions = {}): Cue[] {
  const { lineLength, linesPerCue = 2, readingSpeed, minimumGap = 0, overlaps = false } = options;
  requirePositive({ lineLength, linesPerCue, readingSpeed });
  if (minimumGap < 0)
    throw new FormatError("subtitles", `minimumGap is ${minimumGap}; expected seconds, 0 or more`);
  const cues = timedText.segments
    .flatMap((segment) =>
      lineLength === undefined ? wholeCue(segment) : splitCues(segment, lineLength, linesPerCue),
    )
    .filter(({ lines }) => lines.length > 0)
    .sort((a, b) => a.start - b.start);
  if (overlaps) return readingSpeed === undefined ? cues : hold(cues, readingSpeed, () => Infinity);
  const apart = mergeEqualStarts(cues);
  const limit = (next: Cue, cue: Cue) => Math.max(next.start - toMilliseconds(minimumGap), cue.start + 1);
  apart.forEach((cue, i) => {
    const next = apart[i + 1];
    if (next) cue.end = Math.min(cue.end, limit(next, cue));
  });
  if (readingSpeed === undefined) return apart;
  return hold(apart, readingSpeed, (cue, i) => (apart[i + 1] ? limit(apart[i + 1]!, cue) : Infinity));
}

/** The segment as it is, its words on the lines if they spell them. */
function wholeCue(segment: TimedSegment): Cue[] {
  const words = segment.words.map((word) => ({ ...word, text: word.text.trim() })).filter(({ text }) => text);
  let used = 0;
  const lines = linesOf(segment.text).map((text) => {
    const count = text.split(/\s+/u).length;
    const own = words.slice(used, used + count);
    used += count;
    return { text, words: own.map((word) => word.text).join(" ") === text.replace(/\s+/gu, " ") ? own : [] };
  });
  return [cueOf(segment, segment.start, segment.end, lines)];
}

/** The segment in cues of at most `linesPerCue` lines, timed by its words. */
function splitCues(segment: TimedSegment, lineLength: number, linesPerCue: number): Cue[] {
  const lines = wrapWords(spokenWords(segment), lineLength);
  const cues: Cue[] = [];
  for (let i = 0; i < lines.length; i += linesPerCue) {
    const own = lines.slice(i, i + linesPerCue);
    const [first, last] = [own[0]![0]!, own.at(-1)!.at(-1)!];
    const texts = own.map((words) => ({ text: words.map(({ text }) => text).join(" "), words }));
    const start = i === 0 ? segment.start : first.start;
    const end = i + linesPerCue >= lines.length ? segment.end : last.end;
    cues.push(cueOf(segment, start, end, texts));
  }
  return cues;
}

/** The timed words of a segment; where there are none, its text with times in proportion to length. */
function spokenWords(segment: TimedSegment): Pick<TimedWord, "text" | "start" | "end">[] {
  const timed = segment.words
    .map(({ text, start, end }) => ({ text: text.trim().replace(/\s+/gu, " "), start, end }))
    .filter(({ text }) => text);
  if (timed.length > 0) return timed;
  const texts = segment.text.split(/\s+/u).filter(Boolean);
  const total = texts.reduce((sum, text) => sum + graphemeCount(text), 0);
  let passed = 0;
  const at = () => segment.start + ((segment.end - segment.start) * passed) / total;
  return texts.map((text) => {
    const start = at();
    passed += graphemeCount(text);
    return { text, start, end: at() };
  });
}

function cueOf(segment: TimedSegment, start: number, end: number, lines: CueLine[]): Cue {
  const from = toMilliseconds(start);
  return { start: from, end: Math.max(toMilliseconds(end), from + 1), lines, speaker: segment.speaker };
}

function mergeEqualStarts(cues: readonly Cue[]): Cue[] {
  const merged: Cue[] = [];
  for (const cue of cues) {
    const last = merged.at(-1);
    if (last?.start !== cue.start) merged.push({ ...cue, lines: [...cue.lines] });
    else {
      const speaker = last.speaker === cue.speaker ? cue.speaker : undefined;
      const lines = [...last.lines, ...cue.lines];
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, cue.end), lines, speaker };
    }
  }
  return merged;
}

/** Lengthens cues to the time a viewer needs, up to `limit`. */
function hold(cues: Cue[], readingSpeed: number, limit: (cue: Cue, index: number) => number): Cue[] {
  cues.forEach((cue, i) => {
    const characters = cue.lines.reduce((sum, { text }) => sum + graphemeCount(text), 0);
    const needed = cue.start + Math.ceil((characters / readingSpeed) * 1000);
    cue.end = Math.max(cue.end, Math.min(needed, limit(cue, i)));
  });
  return cues;
}

function requirePositive(values: Record<string, number | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !(value > 0)) {
      throw new FormatError("subtitles", `${name} is ${value}; expected a number above 0`);
    }
  }
}
