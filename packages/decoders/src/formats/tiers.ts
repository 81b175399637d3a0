// Tiers of annotation: one level of a timed text, one speaker, spans in order that never overlap.
import { spansOf, type TimedLevel, type TimedText } from "../timed-text.js";
import { oneLine } from "./lines.js";

/** One labelled stretch of a tier, in seconds. */
export interface TierSpan {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One row of annotation: spans in order of time, gaps between them allowed. */
export interface Tier {
  readonly name: string;
  readonly speaker: string | undefined;
  readonly spans: readonly TierSpan[];
}

/**
 * Lays a timed text out in tiers: one per level, or one per speaker and level named `speaker - level`.
 *
 * Where spans of one tier overlap the later starts where the earlier ends; one that has no time left is joined
 * to the earlier, so that its label is not lost; one without time before the first is left out.
 */
export function makeTiers(
  timedText: TimedText,
  levels: readonly TimedLevel[] = ["segments", "words"],
): Tier[] {
  const speakers = [...new Set(spansOf(timedText, "segments").map(({ speaker }) => speaker))];
  const byWord = [...new Set(spansOf(timedText, "words").map(({ speaker }) => speaker))];
  const all = [...new Set([...speakers, ...byWord])];
  const named = all.some((speaker) => speaker !== undefined);
  return (named ? all : [undefined]).flatMap((speaker) =>
    levels.map((level) => ({
      name: speaker === undefined ? level : `${speaker} - ${level}`,
      speaker,
      spans: separate(spansOf(timedText, level).filter((span) => span.speaker === speaker)),
    })),
  );
}

function separate(spans: readonly TierSpan[]): TierSpan[] {
  const apart: TierSpan[] = [];
  for (const { start, end, text } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    const from = Math.max(start, last?.end ?? 0);
    if (end > from) apart.push({ start: from, end, text: oneLine(text) });
    else if (last && oneLine(text))
      apart[apart.length - 1] = { ...last, text: `${last.text} ${oneLine(text)}`.trim() };
  }
  return apart;
}

/** Fills the gaps of a tier with empty labels, from 0 to `end`. */
export function tile(spans: readonly TierSpan[], end: number): TierSpan[] {
  const tiled: TierSpan[] = [];
  let last = 0;
  for (const span of spans) {
    if (span.start > last + 1e-9) tiled.push({ start: last, end: span.start, text: "" });
    tiled.push({ ...span, start: Math.max(span.start, last) });
    last = span.end;
  }
  if (end > last + 1e-9) tiled.push({ start: last, end, text: "" });
  return tiled;
}
