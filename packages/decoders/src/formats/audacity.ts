// Audacity's label track: start, end and label, divided by tabs. Written only.
import { spansOf } from "../timed-text.js";
import { makeFormat } from "./format.js";
import { oneLine } from "./lines.js";

/**
 * Audacity labels: one line a segment, word or character.
 *
 * @see https://manual.audacityteam.org/man/importing_and_exporting_labels.html
 */
export const audacity = makeFormat("audacity", {
  extension: ".txt",
  options: ["level"],
  render: (timedText, { level = "segments" } = {}) =>
    spansOf(timedText, level)
      .map(({ start, end, text }) => `${start.toFixed(6)}\t${end.toFixed(6)}\t${oneLine(text)}\n`)
      .join(""),
});
