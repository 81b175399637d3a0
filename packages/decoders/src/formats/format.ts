// What a format of timed text is: an extension, a writer, sometimes a reader, and the options it understands.
import type { TimedLevel, TimedText } from "../timed-text.js";

/** Every option of every writer; a writer refuses those that mean nothing to it. */
export interface RenderOptions {
  /** Seconds of the recording; TextGrid covers them all. Default: the end of the last segment. */
  readonly duration?: number | undefined;
  /** Name of the recording in CTM and RTTM, media file in ELAN. Default "recording". */
  readonly recording?: string | undefined;
  /** What one label is in Audacity. Default "segments". */
  readonly level?: TimedLevel | undefined;
  /** Tiers of TextGrid and ELAN. Default segments and words. */
  readonly tiers?: readonly TimedLevel[] | undefined;
  /** Longest subtitle line, in characters as a reader counts them. Default: a segment's own lines, unbroken. */
  readonly lineLength?: number | undefined;
  /** Most lines in one subtitle when `lineLength` is given. Default 2. */
  readonly linesPerCue?: number | undefined;
  /** Characters a second a viewer can read; a faster cue stays longer where silence follows. Default: no limit. */
  readonly readingSpeed?: number | undefined;
  /** Seconds kept free between two cues where times allow it. Default 0. */
  readonly minimumGap?: number | undefined;
  /** Whether a cue may last into the next one; otherwise it ends there. Default false. */
  readonly overlaps?: boolean | undefined;
  /** Whether VTT marks the start of every word in its cue. Default false. */
  readonly karaoke?: boolean | undefined;
}

/** Options of a reader. */
export interface ParseOptions {
  /** Which recording to take from a file that holds several (CTM). */
  readonly recording?: string | undefined;
}

/** A way to write timed text down. */
export interface Format {
  /** File ending with its dot. */
  readonly extension: string;
  /** The options `render` understands; any other one is an error. */
  readonly options: readonly (keyof RenderOptions)[];
  readonly render: (timedText: TimedText, options?: RenderOptions) => string;
  readonly parse?: (source: string, options?: ParseOptions) => TimedText;
}

/** Thrown for text that is not in its format, and for options that a format does not have. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  constructor(
    readonly format: string,
    detail: string,
    /** 1-based line of the source, where there is one. */
    readonly line?: number,
  ) {
    super(`${format}: ${line === undefined ? "" : `line ${line}: `}${detail}`);
  }
}

/** Makes a format whose writer checks times and options before it writes. */
export function makeFormat(name: string, format: Format): Format {
  return {
    ...format,
    render(timedText, options = {}) {
      for (const [option, value] of Object.entries(options)) {
        if (value === undefined || format.options.some((known) => known === option)) continue;
        const known = format.options.join(", ") || "no options";
        throw new FormatError(name, `option ${option} has no meaning here; expected ${known}; leave it out`);
      }
      timedText.segments.forEach((segment, index) => {
        checkTimes(name, `segment ${index}`, segment);
        segment.words.forEach((word, at) => checkTimes(name, `segment ${index}, word ${at}`, word));
      });
      return format.render(timedText, options);
    },
  };
}

function checkTimes(format: string, where: string, span: { start: number; end: number }): void {
  if (span.start >= 0 && span.end >= span.start && span.end < Infinity) return;
  throw new FormatError(
    format,
    `${where} lasts from ${span.start} to ${span.end}; expected finite seconds, 0 <= start <= end; check the aligner's output`,
  );
}
