// RTTM, NIST's who spoke when: one SPEAKER line a segment. Written only.
import { makeFormat } from "./format.js";

/**
 * RTTM: start and duration of every segment with its speaker; `<NA>` where none is known.
 *
 * @see https://catalog.ldc.upenn.edu/docs/LDC2004T12/RTTM-format-v13.pdf
 */
export const rttm = makeFormat("rttm", {
  extension: ".rttm",
  options: ["recording"],
  render: (timedText, { recording = "recording" } = {}) =>
    timedText.segments
      .map(({ start, end, speaker, confidence }) => {
        const name = field(recording);
        const sure = confidence === null ? "<NA>" : confidence.toFixed(4);
        const times = `${start.toFixed(3)} ${(end - start).toFixed(3)}`;
        return `SPEAKER ${name} 1 ${times} <NA> <NA> ${field(speaker ?? "<NA>")} ${sure} <NA>\n`;
      })
      .join(""),
});

const field = (text: string): string => text.trim().replace(/\s+/gu, "_") || "<NA>";
