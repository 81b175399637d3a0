// Who said which word: a transcript joined with turns.
import type { TimedSegment, TimedText, TimedWord } from "@wav2vec/decoders";
import type { SpeakerTurn } from "@wav2vec/metrics";

/**
 * Gives each word the speaker whose turns cover most of it, or the nearest one where none does, and breaks segments
 * where the speaker changes. The fields of the transcript beside text and segments stay as they are.
 *
 * @param transcript with word times, e.g. of `@wav2vec/asr`; a segment without words is taken as one
 * @param turns of the same recording; without any the transcript is returned as it is
 */
export function assignSpeakers<Text extends TimedText>(
  transcript: Text,
  turns: readonly SpeakerTurn[],
): Omit<Text, "segments"> & Pick<TimedText, "segments"> {
  if (turns.length === 0) return transcript;
  const segments = transcript.segments.flatMap((segment) => splitBySpeaker(segment, turns));
  return { ...transcript, segments };
}

function splitBySpeaker(segment: TimedSegment, turns: readonly SpeakerTurn[]): TimedSegment[] {
  if (segment.words.length === 0) return [{ ...segment, speaker: speakerOf(segment, turns) }];
  const groups: TimedWord[][] = [];
  for (const word of segment.words) {
    const told = { ...word, speaker: speakerOf(word, turns) };
    const group = groups.at(-1);
    if (group && group[0]!.speaker === told.speaker) group.push(told);
    else groups.push([told]);
  }
  if (groups.length === 1) return [{ ...segment, words: groups[0]!, speaker: groups[0]![0]!.speaker }];
  return groups.map((words) => ({
    start: words[0]!.start, // groups are never empty
    end: words.at(-1)!.end,
    text: words.map(({ text }) => text).join(" "),
    confidence: meanConfidence(words),
    speaker: words[0]!.speaker,
    words,
  }));
}

function speakerOf({ start, end }: { start: number; end: number }, turns: readonly SpeakerTurn[]): string {
  const shared = new Map<string, number>();
  for (const turn of turns) {
    const seconds = Math.min(end, turn.end) - Math.max(start, turn.start);
    if (seconds > 0) shared.set(turn.speaker, (shared.get(turn.speaker) ?? 0) + seconds);
  }
  const most = [...shared].reduce<[string, number] | undefined>(
    (a, b) => (a && a[1] >= b[1] ? a : b),
    undefined,
  );
  if (most) return most[0];
  const distance = (turn: SpeakerTurn) => Math.max(turn.start - end, start - turn.end);
  return turns.reduce((a, b) => (distance(b) < distance(a) ? b : a)).speaker;
}

/** Weighed by characters, as the segments of `@wav2vec/asr` are; null if no word has one. */
function meanConfidence(words: readonly TimedWord[]): number | null {
  const known = words.flatMap(({ confidence, text }) =>
    confidence === null ? [] : [{ confidence, weight: text.length }],
  );
  const total = known.reduce((sum, { weight }) => sum + weight, 0);
  return total === 0
    ? null
    : known.reduce((sum, { confidence, weight }) => sum + confidence * weight, 0) / total;
}
