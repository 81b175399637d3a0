// From decoded words in frames to a transcript in seconds.
import {
  frameClock,
  spreadWords,
  wordOf,
  type CharacterSpan,
  type TimedCharacter,
  type TimedText,
  type TimedWord,
  type WordSpan,
} from "@wav2vec/decoders";
import { segmentsOf } from "./segments.js";

/** One of the texts that a beam search found; scores are natural logs but for the language model's, which is log10. */
export interface Alternative {
  readonly text: string;
  readonly score: number;
  readonly acoustic: number;
  readonly languageModel: number;
}

/** Which language was heard in a stretch of the recording, in seconds, and how sure that is. */
export interface SpokenLanguage {
  readonly start: number;
  readonly end: number;
  readonly language: string;
  readonly probability: number;
}

/** Text with times, and how long the recording is. */
export interface Transcript extends TimedText {
  readonly durationSeconds: number;
  /** Best texts first, if more than one was asked for. */
  readonly alternatives?: readonly Alternative[];
  /** In order of time, where the recogniser was to find out. Silence may have none. */
  readonly languages?: readonly SpokenLanguage[];
}

/** How far the spike in which a network says a letter is spread over the silence around it; see spreadWords. */
const SPREAD_SECONDS = 0.06;

/** No word has a silence this long inside. Models that never heard two utterances in one clip put no delimiter there. */
const WORD_PAUSE_SECONDS = 1;

/**
 * Puts words on seconds: frame i starts at i times `secondsPerFrame` less the delay, whatever the recording's length;
 * starts are then up to 60 ms earlier and ends up to 60 ms later, where there is silence.
 *
 * The confidence of a character is the geometric mean of its symbol's probability over its frames; that of a word is
 * the same over all frames of its characters; that of a segment is the mean of its words', weighed by characters.
 */
export function transcriptOf(
  spans: readonly WordSpan[],
  {
    secondsPerFrame,
    emissionDelay = 0,
  }: { readonly secondsPerFrame: number; readonly emissionDelay?: number },
  durationSeconds: number,
): Transcript {
  const whole = spans.flatMap((word) => splitAtPauses(word, WORD_PAUSE_SECONDS / secondsPerFrame));
  const spread = spreadWords(whole, {
    most: SPREAD_SECONDS / secondsPerFrame,
    frames: (durationSeconds + emissionDelay) / secondsPerFrame,
  });
  const clock = frameClock(secondsPerFrame, emissionDelay);
  const inSeconds = <T extends { readonly start: number; readonly end: number }>(span: T): T => ({
    ...span,
    start: clock(span.start),
    end: clock(span.end),
  });
  const words = spread.map((word): TimedWord => {
    const { start, end, text, confidence, characters } = inSeconds(word);
    return {
      start,
      end,
      text,
      confidence,
      characters: characters.map((character) => ordered(inSeconds(character))),
    };
  });
  return { text: words.map(({ text }) => text).join(" "), segments: segmentsOf(words), durationSeconds };
}

/** The fields in the order in which JSON shows them. */
function ordered({ start, end, text, confidence }: TimedCharacter): TimedCharacter {
  return { start, end, text, confidence };
}

/** @param pause frames */
function splitAtPauses(word: WordSpan, pause: number): WordSpan[] {
  const parts: CharacterSpan[][] = [];
  for (const character of word.characters) {
    const part = parts.at(-1);
    const before = part?.at(-1);
    if (part && before && character.start - before.end < pause) part.push(character);
    else parts.push([character]);
  }
  return parts.length < 2 ? [word] : parts.map((part) => wordOf(part, part.map(({ text }) => text).join("")));
}
