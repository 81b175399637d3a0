// Edits of word times: what dragging a boundary over the waveform does to the transcript.
import { timedTextOf, type TimedText, type TimedWord } from "@wav2vec/decoders";

/** All words in order. */
export const wordsOfText = (text: TimedText): readonly TimedWord[] =>
  text.segments.flatMap(({ words }) => words);

/**
 * Moves the start and end of one word; its segment grows with it, and it does not pass its neighbours.
 *
 * @param index of the word in the whole text
 */
export function moveWord(text: TimedText, index: number, start: number, end: number): TimedText {
  const words = wordsOfText(text);
  const from = Math.max(start, words[index - 1]?.end ?? 0);
  const to = Math.max(from, Math.min(end, words[index + 1]?.start ?? Infinity));
  let first = 0;
  const segments = text.segments.map((segment) => {
    const at = index - first;
    first += segment.words.length;
    if (at < 0 || at >= segment.words.length) return segment;
    const moved = segment.words.map((word, i) => (i === at ? { ...word, start: from, end: to } : word));
    return { ...segment, start: moved[0]!.start, end: moved.at(-1)!.end, words: moved };
  });
  return { ...timedTextOf(segments), text: text.text };
}
