// Turns measurements into the Markdown table that a person reads.
import type { Measurement } from "./measure.js";
import { median } from "./median.js";

/**
 * One row a contender. "first ÷ this" below 1 means that the first contender is faster or smaller than this one. For
 * runs it is the median over the rounds of that round's ratio: what slows a round down slows both its parts.
 *
 * @param audioSeconds length of all clips together, for the real-time factor
 */
export function table(measurements: readonly Measurement[], audioSeconds: number): string {
  const ran = measurements.filter(({ error }) => error === undefined);
  const first = measurements[0]?.error === undefined ? measurements[0] : undefined;
  const rows = ran.map((measurement) => row(measurement, first, ran[0]!, audioSeconds));
  const header = [
    "| contender | median s (min – max) | first ÷ this | real-time factor | load s | first ÷ this | first run s | peak MB | first ÷ this | texts as first |",
    "|---|---|---|---|---|---|---|---|---|---|",
  ];
  const failed = measurements
    .filter(({ error }) => error !== undefined)
    .map(
      ({ name, error }) =>
        `\n${name} did not run: ${error?.split("\n").find((line) => /Error/.test(line)) ?? error}`,
    );
  return [...header, ...rows, ...failed].join("\n");
}

function row(
  measurement: Measurement,
  first: Measurement | undefined,
  compared: Measurement,
  audioSeconds: number,
): string {
  const { name, runSeconds, loadSeconds, firstSeconds, peakMegabytes = NaN, texts } = measurement;
  const middle = median(runSeconds);
  const ratio = (ours: number | undefined, theirs: number): string =>
    ours === undefined ? "" : (ours / theirs).toFixed(2);
  const same = texts.filter((text, i) => spaced(text) === spaced(compared.texts[i] ?? "")).length;
  const cells = [
    name,
    `${middle.toFixed(3)} (${Math.min(...runSeconds).toFixed(3)} – ${Math.max(...runSeconds).toFixed(3)})`,
    first ? median(runSeconds.map((seconds, i) => first.runSeconds[i]! / seconds)).toFixed(2) : "",
    (middle / audioSeconds).toFixed(4),
    loadSeconds.toFixed(2),
    ratio(first?.loadSeconds, loadSeconds),
    firstSeconds.toFixed(3),
    peakMegabytes.toFixed(0),
    ratio(first?.peakMegabytes, peakMegabytes),
    `${same} of ${texts.length}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Libraries differ in how they print runs of word delimiters. */
function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
