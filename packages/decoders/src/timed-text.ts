// Text with times: the one result type of every decoder and aligner, and what all formats are written from.

/** A stretch of time in seconds with the text heard in it. */
export interface TimedSpan {
  /** Seconds from the start of the recording. */
  readonly start: number;
  /** Seconds from the start of the recording; not before `start`. */
  readonly end: number;
  readonly text: string;
  /** A probability in [0, 1]; null where the source does not tell, as in a parsed SRT. */
  readonly confidence: number | null;
}

/** One character as a reader sees it (a grapheme cluster), or one phone. */
export type TimedCharacter = TimedSpan;

/** One word; `characters` is empty where only word times are known. */
export interface TimedWord extends TimedSpan {
  readonly characters: readonly TimedCharacter[];
  readonly speaker?: string | undefined;
}

/** One line, sentence or turn; `words` is empty where only segment times are known. */
export interface TimedSegment extends TimedSpan {
  readonly words: readonly TimedWord[];
  readonly speaker?: string | undefined;
}

/** A whole recording: its text, and the same text in segments in order of time. */
export interface TimedText {
  readonly text: string;
  readonly segments: readonly TimedSegment[];
}

/** The three levels of a timed text. */
export type TimedLevel = "segments" | "words" | "characters";

/** The last moment that the text reaches, in seconds; 0 for an empty text. */
export const lastTime = (timedText: TimedText): number =>
  timedText.segments.reduce((last, { end }) => Math.max(last, end), 0);

/** A span with whoever said it. */
export type SpokenSpan = TimedSpan & { readonly speaker?: string | undefined };

/** All spans of one level, in the order of the text, each with the speaker of its word or segment. */
export function spansOf(timedText: TimedText, level: TimedLevel): readonly SpokenSpan[] {
  if (level === "segments") return timedText.segments;
  return timedText.segments.flatMap((segment) =>
    segment.words.flatMap((word) => {
      const speaker = word.speaker ?? segment.speaker;
      return (level === "words" ? [word] : word.characters).map((span) => ({ ...span, speaker }));
    }),
  );
}

/** Builds a timed text from segments alone; the text is theirs, one per line. */
export const timedTextOf = (segments: readonly TimedSegment[]): TimedText => ({
  text: segments.map(({ text }) => text).join("\n"),
  segments,
});
