// Cuts a text into segments, by line or by sentence, and segments into words.
import { signs } from "./spell.js";

/** What a segment is. */
export type SegmentUnit = "lines" | "sentences";

/** One word of a segment as it was written. */
export interface WrittenWord {
  /** With the punctuation around it. */
  readonly text: string;
  /** Whether white space stands before it; words of scripts without spaces have none. */
  readonly isSpaced: boolean;
}

/**
 * Cuts a text; segments without a letter, digit or symbol are dropped.
 *
 * @param language BCP 47 tag, for the rules of sentences; default: the rules that hold for all
 */
export function splitSegments(text: string, unit: SegmentUnit, language?: string): string[] {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/u);
  const segments =
    unit === "lines"
      ? lines
      : paragraphsOf(lines).flatMap((paragraph) =>
          Array.from(
            new Intl.Segmenter(language, { granularity: "sentence" }).segment(paragraph),
            ({ segment }) => segment,
          ),
        );
  return segments.map((segment) => segment.trim()).filter((segment) => hasContent.test(segment));
}

/** Lines without an empty one between; a sentence may run over several. */
function paragraphsOf(lines: readonly string[]): string[] {
  const paragraphs: string[] = [""];
  for (const line of lines) {
    if (line.trim() === "") paragraphs.push("");
    else paragraphs.push([paragraphs.pop(), line.trim()].filter(Boolean).join(" "));
  }
  return paragraphs;
}

/** Anything that can be said, the mark of a wildcard included. */
const hasContent = new RegExp(`[\\p{L}\\p{N}*]|${signs.source}`, "u");
/** Scripts whose words are not set apart by spaces. */
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** White space, but for the hard spaces that group digits. */
const gap = /[^\S\u00A0\u202F]+|(?<!\p{N})[\u00A0\u202F]+|[\u00A0\u202F]+(?!\p{N})/u;

/** Cuts a segment at white space, and where a script has none, by its dictionary; lone punctuation joins a neighbour. */
export function splitWords(segment: string, language?: string): WrittenWord[] {
  const words: WrittenWord[] = [];
  let pending = "";
  for (const chunk of segment.split(gap).filter(Boolean)) {
    const parts = unspaced.test(chunk) ? dictionaryWords(chunk, language) : [chunk];
    parts.forEach((part, i) => {
      const isSpaced = i === 0;
      if (hasContent.test(part)) {
        words.push({ text: pending + part, isSpaced });
        pending = "";
      } else {
        const last = words.pop();
        if (last) words.push({ ...last, text: `${last.text}${isSpaced ? " " : ""}${part}` });
        else pending += isSpaced ? `${part} ` : part;
      }
    });
  }
  return words;
}

function dictionaryWords(chunk: string, language: string | undefined): string[] {
  const segmenter = new Intl.Segmenter(language, { granularity: "word" });
  return Array.from(segmenter.segment(chunk), ({ segment }) => segment);
}
