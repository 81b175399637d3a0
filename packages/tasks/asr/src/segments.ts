// Where a long transcript breaks into segments: at pauses, and where a segment would get too long to read.
import type { TimedSegment, TimedWord } from "@wav2vec/decoders";

/** When a new segment begins. Seconds. */
export interface SegmentOptions {
  /** A silence of at least this long always ends a segment. */
  readonly pauseSeconds: number;
  /** Longer segments are broken at their longest pause. */
  readonly maxSeconds: number;
}

const defaultSegments: SegmentOptions = { pauseSeconds: 0.8, maxSeconds: 15 };

/** Groups words into segments; a segment's confidence is the mean of its words', each weighed by its characters. */
export function segmentsOf(
  words: readonly TimedWord[],
  options: SegmentOptions = defaultSegments,
): TimedSegment[] {
  const segments: TimedSegment[] = [];
  const open: (readonly TimedWord[])[] = words.length > 0 ? [words] : [];
  while (open.length > 0) {
    const group = open.pop()!; // length checked
    const at = breakOf(group, options);
    if (at === undefined) segments.push(segmentOf(group));
    else open.push(group.slice(at), group.slice(0, at));
  }
  return segments;
}

/** Index of the word that begins the second part, if the group must be broken. */
function breakOf(
  words: readonly TimedWord[],
  { pauseSeconds, maxSeconds }: SegmentOptions,
): number | undefined {
  const start = words[0]!.start; // groups are never empty
  const seconds = words.at(-1)!.end - start;
  const pauses = words.slice(1).map((word, i) => ({
    at: i + 1,
    length: word.start - words[i]!.end,
    middle: (word.start + words[i]!.end) / 2 - start,
  }));
  const longest = longestOf(pauses);
  if (!longest || longest.length >= pauseSeconds) return longest?.at;
  if (seconds <= maxSeconds) return undefined;
  // In running speech the longest pause may be anywhere: one near the middle leaves parts of sensible length.
  return (
    longestOf(pauses.filter(({ middle }) => middle >= seconds / 4 && middle <= (seconds * 3) / 4))?.at ??
    longest.at
  );
}

function longestOf<P extends { readonly length: number }>(pauses: readonly P[]): P | undefined {
  return pauses.reduce<P | undefined>(
    (best, pause) => (best && best.length >= pause.length ? best : pause),
    undefined,
  );
}

function segmentOf(words: readonly TimedWord[]): TimedSegment {
  const weights = words.map(({ characters }) => Math.max(1, characters.length));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const confidence = words.reduce((sum, word, i) => sum + (word.confidence ?? 0) * weights[i]!, 0) / total;
  return {
    start: words[0]!.start,
    end: words.at(-1)!.end,
    text: words.map(({ text }) => text).join(" "),
    confidence,
    words,
  };
}
