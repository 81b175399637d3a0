// Reads Praat's TextGrid, long or short, into tiers, and tiers into timed text.
import {
  timedTextOf,
  type TimedSegment,
  type TimedSpan,
  type TimedText,
  type TimedWord,
} from "../timed-text.js";
import { FormatError } from "./format.js";

/** One tier of a TextGrid file: intervals with empty ones included, or points where start is end. */
export interface TextGridTier {
  readonly kind: "IntervalTier" | "TextTier";
  readonly name: string;
  readonly spans: readonly { readonly start: number; readonly end: number; readonly text: string }[];
}

/**
 * Reads all tiers of a TextGrid.
 *
 * In both forms only free-standing numbers, quoted strings and `<flags>` carry meaning; names, brackets and
 * comments around them are for people. So one reader serves both.
 *
 * @throws FormatError with the line if the file is something else or ends too early
 * @see https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
 */
export function parseTextGrid(source: string): TextGridTier[] {
  const next = valueReader(source.replace(/^\uFEFF/u, ""));
  next.expect("ooTextFile", "file type");
  next.expect("TextGrid", "object class");
  next.number("xmin");
  next.number("xmax");
  if (next.flag() !== "<exists>") return [];
  return Array.from({ length: next.count("number of tiers") }, () => {
    const kind = next.string("tier class");
    if (kind !== "IntervalTier" && kind !== "TextTier") {
      throw next.error(`tier class is "${kind}"; expected IntervalTier or TextTier`);
    }
    const name = next.string("tier name");
    next.number("xmin");
    next.number("xmax");
    const spans = Array.from({ length: next.count("number of intervals") }, () => {
      const start = next.number("start");
      const end = kind === "TextTier" ? start : next.number("end");
      if (end < start) throw next.error(`the interval ends at ${end} s, before it starts at ${start} s`);
      return { start, end, text: next.string("label") };
    });
    return { kind, name, spans };
  });
}

function valueReader(source: string) {
  const tokens = source.matchAll(/"(?:[^"]|"")*"|<\w+>|![^\n]*|[^\s"]+|"/gu);
  let at = 0;
  const error = (detail: string) =>
    new FormatError("textgrid", detail, source.slice(0, at).split("\n").length);
  const take = (pattern: RegExp, what: string): string => {
    for (const { 0: token, index } of tokens) {
      at = index;
      if (token === '"') throw error("a quoted text has no end; was the file cut?");
      if (pattern.test(token)) return token;
      if (/^(?:"|<\w+>$)|^[-+]?[\d.]+(?:e[-+]?\d+)?$/iu.test(token))
        throw error(`${token}; expected ${what}`);
    }
    at = source.length;
    throw error(`the file ends; expected ${what}; was it cut, or is it no TextGrid?`);
  };
  const string = (what: string) => take(/^"/u, `${what} in quotes`).slice(1, -1).replaceAll('""', '"');
  const number = (what: string) =>
    Number(take(/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/iu, `${what}, a number`));
  return {
    error,
    string,
    number,
    flag: () => take(/^<\w+>$/u, "<exists> or <absent>"),
    count(what: string) {
      const count = number(what);
      if (!Number.isInteger(count) || count < 0 || count > source.length) throw error(`${what} is ${count}`);
      return count;
    },
    expect(value: string, what: string) {
      const got = string(what);
      if (got !== value) throw error(`${what} is "${got}"; expected "${value}"`);
    },
  };
}

const levels: Readonly<Record<string, "segments" | "words" | "characters">> = {
  segments: "segments",
  utterances: "segments",
  words: "words",
  characters: "characters",
  phones: "characters",
};

/**
 * Makes timed text of the tiers named segments or utterances, words, characters or phones, each perhaps with
 * `speaker - ` before it; other tiers and point tiers are left out. Words belong to the segment that holds their
 * middle; where no segment does, neighbours without one become a segment of their own.
 */
export function timedTextOfTiers(tiers: readonly TextGridTier[]): TimedText {
  const bySpeaker = new Map<string | undefined, Record<"segments" | "words" | "characters", TimedSpan[]>>();
  for (const { kind, name, spans } of tiers) {
    const [, speaker, base = ""] = /^(?:(.+) - )?(.+)$/u.exec(name) ?? [];
    const level = levels[base];
    if (kind !== "IntervalTier" || !level) continue;
    const own = bySpeaker.get(speaker) ?? { segments: [], words: [], characters: [] };
    own[level].push(
      ...spans.filter(({ text }) => text !== "").map((span) => ({ ...span, confidence: null })),
    );
    bySpeaker.set(speaker, own);
  }
  const segments = [...bySpeaker].flatMap(([speaker, own]) => {
    const words: TimedWord[] = group(own.words, own.characters).map(({ span, parts }) => ({
      ...span,
      characters: parts,
    }));
    return group(own.segments, words).map(({ span, parts }): TimedSegment => ({
      ...span,
      words: parts,
      ...(speaker !== undefined && { speaker }),
    }));
  });
  return timedTextOf(segments.sort((a, b) => a.start - b.start));
}

/** Gives every part to the whole that holds its middle; runs of parts without one get a whole of their own. */
function group<P extends TimedSpan>(
  wholes: readonly TimedSpan[],
  parts: readonly P[],
): { span: TimedSpan; parts: P[] }[] {
  const groups = wholes.map((span) => ({ span, parts: [] as P[] }));
  let orphans: P[] = [];
  const adopt = () => {
    if (orphans.length === 0) return;
    const span = {
      start: orphans[0]!.start,
      end: orphans.at(-1)!.end,
      text: orphans.map(({ text }) => text).join(" "),
    };
    groups.push({ span: { ...span, confidence: null }, parts: orphans });
    orphans = [];
  };
  for (const part of parts) {
    const middle = (part.start + part.end) / 2;
    const home = groups.find(({ span }) => span.start <= middle && middle < span.end);
    if (!home) orphans.push(part);
    else {
      adopt();
      home.parts.push(part);
    }
  }
  adopt();
  return groups.sort((a, b) => a.span.start - b.span.start);
}
