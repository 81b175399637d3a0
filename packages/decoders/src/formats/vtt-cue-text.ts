// The text of one WebVTT cue: tags, entities, the speaker and the marks of words.
import type { TimedSegment, TimedWord } from "../timed-text.js";
import { parseTimestamp } from "./timestamps.js";

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  nbsp: "\u00A0",
  lrm: "\u200E",
  rlm: "\u200F",
};

const decode = (text: string) => text.replace(/&(\w+);/gu, (whole, name: string) => entities[name] ?? whole);

/**
 * Reads the text of a cue. Times inside it become words: each mark starts the words that follow it, and they
 * share the time up to the next mark evenly. A cue without marks has no words.
 *
 * @param start, end seconds of the cue
 */
export function parseCueText(source: string, start: number, end: number): Omit<TimedSegment, "confidence"> {
  let speaker: string | undefined;
  let text = "";
  const marks = [{ at: start, text: "" }];
  for (const [, tag, plain = ""] of source.matchAll(/<([^>]*)>|([^<]+|<)/gu)) {
    if (tag === undefined) {
      text += decode(plain);
      marks.at(-1)!.text += decode(plain);
      continue;
    }
    const voice = /^v(?:\.\S+)?\s+(.+)$/u.exec(tag);
    if (voice) speaker ??= decode(voice[1]!.trim());
    const at = parseTimestamp(tag);
    if (at !== null) marks.push({ at, text: "" });
  }
  const words =
    marks.length === 1 ? [] : marks.flatMap((mark, i) => share(mark.text, mark.at, marks[i + 1]?.at ?? end));
  return { start, end, text, words, ...(speaker !== undefined && { speaker }) };
}

function share(text: string, start: number, end: number): TimedWord[] {
  const texts = text.split(/\s+/u).filter(Boolean);
  const step = Math.max(0, end - start) / texts.length;
  return texts.map((word, i) => ({
    text: word,
    start: start + i * step,
    end: start + (i + 1) * step,
    confidence: null,
    characters: [],
  }));
}
