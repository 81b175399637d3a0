// How wrong an answer to "who spoke when" is: the diarization error rate.
import { linearSumAssignment } from "linear-sum-assignment";
import { MetricsError } from "./metrics-error.js";

/** A stretch of time, in seconds. */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** Who speaks in a stretch of time. Turns of several speakers may overlap. */
export interface SpeakerTurn extends TimeSpan {
  readonly speaker: string;
}

/** Diarization errors. Add the seconds of several recordings up with `sumDiarizationErrors`. */
export interface DiarizationErrors {
  /** (missed + falseAlarm + confusion) / total; NaN where nobody speaks and nothing was found. */
  readonly rate: number;
  /** Seconds of a speaker that were given to nobody. */
  readonly missed: number;
  /** Seconds given to a speaker when nobody else was left who spoke. */
  readonly falseAlarm: number;
  /** Seconds given to a wrong speaker. */
  readonly confusion: number;
  /** Seconds of speech in the reference, counted once for each speaker. */
  readonly total: number;
}

/** What of the recording counts. */
export interface DiarizationScoring {
  /** Seconds on each side of every boundary of the reference that do not count, e.g. 0.25. Default 0. */
  readonly collar?: number;
  /** Leave out where several speak at once in the reference. Default false. */
  readonly skipOverlap?: boolean;
  /** The scored parts of the recording (UEM). Default: from the first to the last turn of both sides. */
  readonly scored?: readonly TimeSpan[];
}

/**
 * Diarization error rate. Hypothesis speakers are given to those of the reference one to one, so that they share most
 * time; times that do not count take no part in that. Turns of one speaker that touch or overlap are one turn.
 *
 * @returns errors in seconds, and `speakers`: the reference's name for each hypothesis speaker that got one
 * @throws MetricsError for times that are none, or a collar below 0
 * @see NIST RT-09 evaluation plan; md-eval's `-c` is our `collar`, pyannote.metrics' `collar` is twice that
 */
export function diarizationErrors(
  reference: readonly SpeakerTurn[],
  hypothesis: readonly SpeakerTurn[],
  { collar = 0, skipOverlap = false, scored }: DiarizationScoring = {},
): DiarizationErrors & { readonly speakers: ReadonlyMap<string, string> } {
  if (!(collar >= 0))
    throw new MetricsError(`diarizationErrors: collar is ${collar}; expected seconds of at least 0`);
  for (const span of [...reference, ...hypothesis, ...(scored ?? [])]) {
    if (span.start >= 0 && span.end >= span.start && span.end < Infinity) continue;
    throw new MetricsError(
      `diarizationErrors: a turn lasts from ${span.start} to ${span.end}; expected finite seconds, 0 <= start <= end`,
    );
  }
  const ignored =
    collar === 0 ? [] : boundaries(joinTurns(reference)).map((t) => ({ start: t - collar, end: t + collar }));
  const pieces = cut(reference, hypothesis, scored, ignored).filter(
    ({ real }) => !(skipOverlap && real.size > 1),
  );
  const speakers = mapSpeakers(pieces);
  const sum = (secondsOf: (piece: Piece) => number) =>
    pieces.reduce((total, piece) => total + (piece.end - piece.start) * secondsOf(piece), 0);
  const correct = ({ real, found }: Piece) =>
    [...found].filter((name) => {
      const partner = speakers.get(name);
      return partner !== undefined && real.has(partner);
    }).length;
  return {
    ...withRate({
      missed: sum(({ real, found }) => Math.max(0, real.size - found.size)),
      falseAlarm: sum(({ real, found }) => Math.max(0, found.size - real.size)),
      confusion: sum((piece) => Math.min(piece.real.size, piece.found.size) - correct(piece)),
      total: sum(({ real }) => real.size),
    }),
    speakers,
  };
}

/** The errors of several recordings as one: seconds add up, and the rate is that of the sums. */
export function sumDiarizationErrors(all: readonly Omit<DiarizationErrors, "rate">[]): DiarizationErrors {
  const sum = (key: "missed" | "falseAlarm" | "confusion" | "total") =>
    all.reduce((total, errors) => total + errors[key], 0);
  return withRate({
    missed: sum("missed"),
    falseAlarm: sum("falseAlarm"),
    confusion: sum("confusion"),
    total: sum("total"),
  });
}

function withRate(seconds: Omit<DiarizationErrors, "rate">): DiarizationErrors {
  return { rate: (seconds.missed + seconds.falseAlarm + seconds.confusion) / seconds.total, ...seconds };
}

/** Turns of one speaker that touch or overlap, as one. */
function joinTurns(turns: readonly SpeakerTurn[]): SpeakerTurn[] {
  const joined: SpeakerTurn[] = [];
  for (const turn of [...turns].sort((a, b) => a.start - b.start)) {
    const at = joined.findLastIndex(({ speaker }) => speaker === turn.speaker);
    const last = joined[at];
    if (last && turn.start <= last.end) joined[at] = { ...last, end: Math.max(last.end, turn.end) };
    else joined.push(turn);
  }
  return joined;
}

/** A stretch in which nobody starts or stops. */
interface Piece extends TimeSpan {
  readonly real: ReadonlySet<string>;
  readonly found: ReadonlySet<string>;
}

/** The scored time, cut wherever anything begins or ends. */
function cut(
  reference: readonly SpeakerTurn[],
  hypothesis: readonly SpeakerTurn[],
  scored: readonly TimeSpan[] | undefined,
  ignored: readonly TimeSpan[],
): Piece[] {
  const spans: readonly TimeSpan[] = [...reference, ...hypothesis, ...(scored ?? []), ...ignored];
  const times = [...new Set(boundaries(spans))].sort((a, b) => a - b);
  const at = (turns: readonly SpeakerTurn[], middle: number) =>
    new Set(turns.filter((turn) => covers(turn, middle)).map(({ speaker }) => speaker));
  return times.slice(1).flatMap((end, i) => {
    const start = times[i]!;
    const middle = (start + end) / 2;
    if (ignored.some((span) => covers(span, middle))) return [];
    if (scored && !scored.some((span) => covers(span, middle))) return [];
    return [{ start, end, real: at(reference, middle), found: at(hypothesis, middle) }];
  });
}

const boundaries = (spans: readonly TimeSpan[]): number[] => spans.flatMap(({ start, end }) => [start, end]);
const covers = ({ start, end }: TimeSpan, time: number): boolean => start <= time && time < end;

/** Hypothesis name to reference name, most seconds in common over all. */
function mapSpeakers(pieces: readonly Piece[]): Map<string, string> {
  const names = (side: "real" | "found") => [...new Set(pieces.flatMap((piece) => [...piece[side]]))].sort();
  const [real, found] = [names("real"), names("found")];
  if (real.length === 0 || found.length === 0) return new Map();
  const shared = real.map((r) =>
    found.map((f) =>
      pieces.reduce(
        (sum, { start, end, ...sides }) => sum + (sides.real.has(r) && sides.found.has(f) ? end - start : 0),
        0,
      ),
    ),
  );
  const { rowAssignments } = linearSumAssignment(shared, { maximaze: true }); // the library's spelling
  return new Map(
    Array.from(rowAssignments, Number).flatMap((column, row) =>
      column >= 0 && shared[row]![column]! > 0 ? [[found[column]!, real[row]!] as const] : [],
    ),
  );
}
