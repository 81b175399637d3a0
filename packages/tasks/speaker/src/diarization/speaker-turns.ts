// From what is heard at each step to turns: merged over short gaps, freed of blips, named in order of appearance.
import type { SpeakerTurn } from "@wav2vec/metrics";

/** How steps become turns. Seconds. */
export interface TurnOptions {
  /** Shorter pauses within a speaker's turn do not end it. */
  readonly shortestPause: number;
  /** Shorter turns are dropped. */
  readonly shortestTurn: number;
}

/** A turn of a speaker known by number. */
export type NumberedTurn = Omit<SpeakerTurn, "speaker"> & { readonly speaker: number };

/** Joins and drops turns of each speaker alone; others may speak meanwhile. */
export function tidyTurns(
  turns: readonly NumberedTurn[],
  { shortestPause, shortestTurn }: TurnOptions,
): NumberedTurn[] {
  const joined: NumberedTurn[] = [];
  for (const turn of [...turns].sort((a, b) => a.start - b.start)) {
    const at = joined.findLastIndex(({ speaker }) => speaker === turn.speaker);
    const last = joined[at];
    if (last && turn.start - last.end < shortestPause)
      joined[at] = { ...last, end: Math.max(last.end, turn.end) };
    else joined.push(turn);
  }
  return joined.filter(({ start, end }) => end - start >= shortestTurn - 1e-9); // 0.3 - 0.1 is below 0.2
}

/** Names speakers `speaker-1`, `speaker-2` … in order of their first turn. */
export function nameTurns(turns: readonly NumberedTurn[]): SpeakerTurn[] {
  const names = new Map<number, string>();
  return [...turns]
    .sort((a, b) => a.start - b.start || a.speaker - b.speaker)
    .map(({ start, end, speaker }) => {
      if (!names.has(speaker)) names.set(speaker, `speaker-${names.size + 1}`);
      return { start: round(start), end: round(end), speaker: names.get(speaker)! }; // just set
    });
}

/** Milliseconds are all that RTTM shows, and finer than any model hears. */
const round = (seconds: number): number => Number(seconds.toFixed(3));
