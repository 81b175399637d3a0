// RTTM, NIST's who spoke when, read and written.
import { formats, timedTextOf } from "@wav2vec/decoders";
import type { SpeakerTurn } from "@wav2vec/metrics";

/** A line that is no RTTM. `line` counts from 1. */
export class RttmError extends Error {
  override name = "RttmError";
  constructor(
    readonly line: number,
    detail: string,
  ) {
    super(`rttm: line ${line}: ${detail}`);
  }
}

/** Kinds of lines that the format has beside SPEAKER; they tell nothing of turns. */
const OTHER_KINDS = new Set(
  "SEGMENT NOSCORE NO_RT_METADATA LEXEME NON-LEX NON-SPEECH FILLER EDIT IP CB A/P SU SPKR-INFO".split(" "),
);

/**
 * Reads the SPEAKER lines of an RTTM file.
 *
 * @returns turns in order of time, by recording
 * @throws RttmError for a line of an unknown kind, with missing fields, or with times that are none
 * @see NIST RT-09 evaluation plan, appendix A
 */
export function parseRttm(text: string): Map<string, SpeakerTurn[]> {
  const recordings = new Map<string, SpeakerTurn[]>();
  text.split(/\r\n|\r|\n/).forEach((line, at) => {
    const fields = line.trim().split(/\s+/);
    const [kind = "", recording] = fields;
    if (kind === "" || kind.startsWith(";") || OTHER_KINDS.has(kind)) return;
    const wrong = (detail: string) => new RttmError(at + 1, detail);
    if (kind !== "SPEAKER")
      throw wrong(`begins with "${kind}"; expected SPEAKER or another type of RTTM; is this an RTTM file?`);
    const speaker = fields[7];
    if (recording === undefined || speaker === undefined)
      throw wrong(`has ${fields.length} fields; expected at least 8, the last being the speaker`);
    const [start, duration] = [Number(fields[3]), Number(fields[4])];
    if (!(start >= 0 && duration >= 0 && start + duration < Infinity))
      throw wrong(`begins at ${fields[3]} and lasts ${fields[4]}; expected seconds of at least 0`);
    const turns = recordings.get(recording) ?? [];
    turns.push({ start, end: Number((start + duration).toFixed(6)), speaker }); // 0.1 + 0.2 is 0.30000000000000004
    recordings.set(recording, turns);
  });
  for (const turns of recordings.values()) turns.sort((a, b) => a.start - b.start);
  return recordings;
}

/** Writes turns as RTTM; spaces in names become underscores, as the format has no others. */
export function renderRttm(turns: readonly SpeakerTurn[], recording: string): string {
  const segments = turns.map(({ start, end, speaker }) => ({
    start,
    end,
    speaker,
    text: "",
    confidence: null,
    words: [],
  }));
  return formats.rttm.render(timedTextOf(segments), { recording });
}
