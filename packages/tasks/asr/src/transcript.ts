// From decoded words in frames to a transcript in seconds.
import type { TimedCharacter, TimedText, TimedWord, WordSpan } from "@wav2vec/decoders";
import { segmentsOf } from "./segments.js";

/** One of the texts that a beam search found; scores are natural logs but for the language model's, which is log10. */
export interface Alternative {
  readonly text: string;
  readonly score: number;
  readonly acoustic: number;
  readonly languageModel: number;
}

/** Text with times, and how long the recording is. */
export interface Transcript extends TimedText {
  readonly durationSeconds: number;
  /** Best texts first, if more than one was asked for. */
  readonly alternatives?: readonly Alternative[];
}

/**
 * Puts words on seconds: frame i starts at i times `secondsPerFrame`, whatever the recording's length.
 *
 * The confidence of a character is the geometric mean of its symbol's probability over its frames; that of a word is
 * the same over all frames of its characters; that of a segment is the mean of its words', weighed by characters.
 */
export function transcriptOf(
  spans: readonly WordSpan[],
  secondsPerFrame: number,
  durationSeconds: number,
): Transcript {
  const seconds = (frame: number) => Number((frame * secondsPerFrame).toFixed(6)); // 58 * 0.02 is 1.1600000000000001
  const timed = spans.map(({ text, start, end, confidence, characters }): TimedWord => ({
    start: seconds(start),
    end: seconds(end),
    text,
    confidence,
    characters: characters.map((character): TimedCharacter => ({
      start: seconds(character.start),
      end: seconds(character.end),
      text: character.text,
      confidence: character.confidence,
    })),
  }));
  const words = timed.flatMap(splitAtPauses);
  return { text: words.map(({ text }) => text).join(" "), segments: segmentsOf(words), durationSeconds };
}

/** No word has a silence this long inside. Models that never heard two utterances in one clip put no delimiter there. */
const WORD_PAUSE_SECONDS = 1;

function splitAtPauses(word: TimedWord): TimedWord[] {
  const parts: TimedCharacter[][] = [];
  for (const character of word.characters) {
    const part = parts.at(-1);
    const before = part?.at(-1);
    if (part && before && character.start - before.end < WORD_PAUSE_SECONDS) part.push(character);
    else parts.push([character]);
  }
  return parts.length < 2 ? [word] : parts.map(wordOfCharacters);
}

function wordOfCharacters(characters: readonly TimedCharacter[]): TimedWord {
  const [first, last] = [characters[0]!, characters.at(-1)!]; // a part has at least one
  const seconds = characters.reduce((sum, { start, end }) => sum + end - start, 0);
  const logSum = characters.reduce(
    (sum, { start, end, confidence }) => sum + (end - start) * Math.log(confidence ?? 0),
    0,
  );
  return {
    start: first.start,
    end: last.end,
    text: characters.map(({ text }) => text).join(""),
    confidence: Math.exp(logSum / seconds),
    characters,
  };
}
