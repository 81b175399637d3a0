// Puts a text on the times of log-probabilities, wherever these come from.
import {
  createAligner as createPathFinder,
  frameClock,
  quantileTimes,
  scoreOfSpans,
  spreadTimes,
  STAR,
  symbolCurves,
  type AlignedSpan,
  type Emissions,
  type EmissionSource,
  type FrameClock,
  type StarPolicy,
  type SymbolTimes,
  type Vocabulary,
} from "@wav2vec/decoders";
import type { AlignedCharacter, AlignedSegment, AlignedText, AlignedWord } from "./aligned-text.js";
import { layOutText, type Freedoms, type TextLayout } from "./lay-out-text.js";
import { prepareText, type PreparedText, type PrepareOptions } from "./text/prepare-text.js";

/** How a text is aligned. */
export interface AlignTextOptions extends PrepareOptions, Freedoms {
  /**
   * Seconds that starts move earlier and ends later at most, up to their neighbours: networks say letters in spikes.
   * Default 0.06, see the README for how it was measured; 0 gives the spikes.
   */
  readonly spreadSeconds?: number;
  /** What a wildcard costs. Default "best". */
  readonly star?: StarPolicy;
}

/** What the log-probabilities mean. */
export interface EmissionMeaning {
  readonly vocabulary: Vocabulary;
  /** Seconds from one frame to the next; frame i starts at i times this. Default 0.02. */
  readonly secondsPerFrame?: number;
  /** Seconds by which symbols come after their sounds; times take it off. Default 0. */
  readonly emissionDelay?: number;
  /** Length of the recording; no time is beyond it. Default: that of the frames. */
  readonly durationSeconds?: number;
}

const pathFinder = () => createPathFinder();

/**
 * Aligns a text with log-probabilities of any length, in memory that grows with the sum of both, not with the product.
 *
 * Times are the medians over all paths that spell the text, spread over the silence around each symbol.
 *
 * @param emissions [frames, symbols] natural-log probabilities, whole or read on demand
 * @param text one string, which is cut into segments, or segments; `*` alone stands for any speech
 * @throws AlignError if the text does not fit the frames; TextError if it has no words
 */
export async function alignEmissions(
  emissions: Emissions | EmissionSource,
  text: string | readonly string[],
  { vocabulary, secondsPerFrame = 0.02, emissionDelay = 0, durationSeconds }: EmissionMeaning,
  options: AlignTextOptions = {},
): Promise<AlignedText> {
  const { spreadSeconds = 0.06, star = "best" } = options;
  const prepared = await prepareText(text, vocabulary, options);
  const layout = layOutText(prepared, vocabulary, options);
  const { blank } = vocabulary;
  const { spans, score } = pathFinder().align(emissions, layout.targets, {
    blank,
    star,
    optional: layout.optional,
  });
  const curves = symbolCurves(emissions, layout.targets, spans, { blank, star });
  const length = durationSeconds ?? emissions.frames * secondsPerFrame;
  const times = unitTimes(layout, quantileTimes(curves), {
    most: spreadSeconds / secondsPerFrame,
    frames: Math.min(emissions.frames, (length + emissionDelay) / secondsPerFrame),
  });
  const { segments, unspoken } = assemble(
    prepared,
    layout,
    times,
    spans,
    frameClock(secondsPerFrame, emissionDelay),
  );
  return {
    text: prepared.segments.map((segment) => segment.text).join("\n"),
    segments,
    durationSeconds: length,
    score,
    unspoken,
    warnings: prepared.warnings,
  };
}

/** Start and end of each unit that was said, in frames, by its first target. */
function unitTimes(
  { units }: TextLayout,
  times: readonly SymbolTimes[],
  spread: { readonly most: number; readonly frames: number },
): Map<number, { start: number; end: number }> {
  const byTarget = new Map(times.map((time) => [time.target, time]));
  const inside = (frame: number) => Math.min(Math.max(0, frame), spread.frames);
  const said = units.flat(2).flatMap(({ from, to }) => {
    const [first, last] = [byTarget.get(from), byTarget.get(to - 1)];
    return first && last ? [{ from, start: inside(first.start), end: inside(last.end) }] : [];
  });
  return new Map(spreadTimes(said, spread).map(({ from, start, end }) => [from, { start, end }]));
}

/** Builds the result from the units that were said. */
function assemble(
  { segments }: PreparedText,
  layout: TextLayout,
  times: ReadonlyMap<number, { readonly start: number; readonly end: number }>,
  spans: readonly AlignedSpan[],
  clock: FrameClock,
): { segments: AlignedSegment[]; unspoken: string[] } {
  const spanOf = new Map(spans.map((span) => [span.target, span]));
  const unspoken: string[] = [];
  const aligned = segments.flatMap((segment, s) => {
    const segmentSpans: AlignedSpan[] = [];
    const words = segment.words.flatMap((word, w): AlignedWord[] => {
      const ranges = layout.units[s]![w]!; // the layout was made of this text
      const wordSpans: AlignedSpan[] = [];
      const characters = word.units.flatMap((unit, u): AlignedCharacter[] => {
        const { from, to } = ranges[u]!;
        const time = times.get(from);
        if (!time) return [];
        const own = spelledSpans(from, to, spanOf);
        wordSpans.push(...own);
        return [{ start: clock(time.start), end: clock(time.end), text: unit.text, ...scoresOf(own) }];
      });
      const [first, last] = [characters[0], characters.at(-1)];
      if (!first || !last) {
        unspoken.push(word.text);
        return [];
      }
      segmentSpans.push(...wordSpans);
      return [{ start: first.start, end: last.end, text: word.text, ...scoresOf(wordSpans), characters }];
    });
    const [first, last] = [words[0], words.at(-1)];
    if (!first || !last) return [];
    const worst = segmentSpans.length > 0 ? scoreOfSpans(segmentSpans).worst : null;
    return [
      { start: first.start, end: last.end, text: segment.text, ...scoresOf(segmentSpans), worst, words },
    ];
  });
  return { segments: aligned, unspoken };
}

/** Spans of some targets, wildcards left out: they fit anything. */
function spelledSpans(from: number, to: number, spanOf: ReadonlyMap<number, AlignedSpan>): AlignedSpan[] {
  return Array.from({ length: to - from }, (_, i) => spanOf.get(from + i)).filter(
    (span): span is AlignedSpan => span !== undefined && span.symbol !== STAR,
  );
}

function scoresOf(spans: readonly AlignedSpan[]): { confidence: number | null; logProb: number | null } {
  if (spans.length === 0) return { confidence: null, logProb: null };
  const { prob, logProb } = scoreOfSpans(spans);
  return { confidence: Math.min(1, prob), logProb };
}
