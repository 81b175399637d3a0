// CTM, NIST's time-marked words: one word a line, written and read.
import { spansOf, timedTextOf, type TimedText, type TimedWord } from "../timed-text.js";
import { FormatError, makeFormat } from "./format.js";

/**
 * CTM: `recording channel start duration word confidence`, 3 and 4 decimals, no white space in words.
 *
 * @see https://my.eng.utah.edu/~cs5957/sctk/doc/infmts.htm
 */
export const ctm = makeFormat("ctm", {
  extension: ".ctm",
  options: ["recording"],
  render: (timedText, { recording = "recording" } = {}) => {
    const name = recording.replace(/\s+/gu, "_");
    const lines = spansOf(timedText, "words").map(({ start, end, text, confidence }) => {
      const word = text.replace(/\s+/gu, "");
      if (word === "") return "";
      const score = confidence === null ? "" : ` ${confidence.toFixed(4)}`;
      return `${name} 1 ${start.toFixed(3)} ${(end - start).toFixed(3)} ${word}${score}\n`;
    });
    return lines.join("");
  },
  parse: (source, { recording } = {}) => parseCtm(source, recording),
});

/** All words of one recording as one segment; CTM knows no sentences. */
function parseCtm(source: string, recording: string | undefined): TimedText {
  const words = new Map<string, TimedWord[]>();
  source
    .replace(/^\uFEFF/u, "")
    .split(/\r\n|\r|\n/u)
    .forEach((line, i) => {
      if (line.trim() === "" || line.startsWith(";;")) return;
      const [name = "", , begin, duration, text, score] = line.trim().split(/\s+/u);
      const [start, length, confidence] = [
        Number(begin),
        Number(duration),
        score === undefined ? null : Number(score),
      ];
      if (text === undefined || !(start >= 0) || !(length >= 0) || Number.isNaN(confidence)) {
        const expected = 'expected "recording channel start duration word [confidence]"';
        throw new FormatError("ctm", `${JSON.stringify(line)}; ${expected}`, i + 1);
      }
      const end = Number((start + length).toFixed(6)); // 0.1 + 0.2 is 0.3
      const own = words.get(name) ?? [];
      own.push({ start, end, text, confidence, characters: [] });
      words.set(name, own);
    });
  const names = [...words.keys()];
  if (recording === undefined && names.length > 1) {
    throw new FormatError(
      "ctm",
      `the file holds ${names.join(", ")}; expected one recording; name it in the options`,
    );
  }
  const name = recording ?? names[0];
  const own = name === undefined ? [] : words.get(name);
  if (!own)
    throw new FormatError("ctm", `no recording ${recording}; the file holds ${names.join(", ") || "none"}`);
  if (own.length === 0) return timedTextOf([]);
  const end = own.reduce((last, word) => Math.max(last, word.end), 0);
  const text = own.map((word) => word.text).join(" ");
  return timedTextOf([{ start: own[0]!.start, end, text, confidence: null, words: own }]);
}
