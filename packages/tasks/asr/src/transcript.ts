// From decoded symbols with frames to a transcript with words, times and confidence.
import type { Emissions, TimedCharacter, TimedText, TimedWord } from "@wav2vec/decoders";
import type { AcousticModel } from "./acoustic-model.js";
import { segmentsOf } from "./segments.js";
import type { CtcVocabulary } from "./vocabulary.js";

/** Text with times, and how long the recording is. */
export interface Transcript extends TimedText {
  readonly durationSeconds: number;
}

/** A symbol of the decoded text and the frames it was heard in. */
export interface SymbolSpan {
  readonly symbol: number;
  /** First frame. */
  readonly start: number;
  /** Frame after the last. */
  readonly end: number;
  /** A probability. */
  readonly confidence: number;
}

/** Greedy decoding, window by window: the best symbol of each frame, repeats collapsed, then blanks dropped. */
export function greedyTranscriber({ vocabulary, secondsPerFrame }: AcousticModel) {
  const spans: SymbolSpan[] = [];
  let frame = 0;
  let open: { symbol: number; start: number; sum: number } | undefined;
  const close = () => {
    if (!open || open.symbol === vocabulary.blank) return;
    spans.push({
      symbol: open.symbol,
      start: open.start,
      end: frame,
      confidence: Math.exp(open.sum / (frame - open.start)),
    });
  };
  return {
    feed({ data, frames, symbols }: Emissions): void {
      for (let at = 0; at < frames * symbols; at += symbols, frame++) {
        let best = 0;
        for (let i = 1; i < symbols; i++) if (data[at + i]! > data[at + best]!) best = i;
        if (open?.symbol !== best) {
          close();
          open = { symbol: best, start: frame, sum: 0 };
        }
        open.sum += data[at + best]!;
      }
    },
    finish(durationSeconds: number): Transcript {
      close();
      return transcriptOf(spans, vocabulary, secondsPerFrame, durationSeconds);
    },
  };
}

/** Builds words and segments from symbols. A word's confidence is the geometric mean of its characters'. */
export function transcriptOf(
  spans: readonly SymbolSpan[],
  vocabulary: CtcVocabulary,
  secondsPerFrame: number,
  durationSeconds: number,
): Transcript {
  const words: TimedWord[] = [];
  let characters: TimedCharacter[] = [];
  const endWord = () => {
    if (characters.length > 0) words.push(wordOf(characters));
    characters = [];
  };
  for (const { symbol, start, end, confidence } of spans) {
    if (symbol === vocabulary.wordDelimiter) endWord();
    else if (!vocabulary.special.includes(symbol)) {
      characters.push({
        start: start * secondsPerFrame,
        end: end * secondsPerFrame,
        text: vocabulary.tokens[symbol]!,
        confidence,
      });
    }
  }
  endWord();
  const segments = segmentsOf(words);
  return { text: words.map(({ text }) => text).join(" "), segments, durationSeconds };
}

function wordOf(characters: readonly TimedCharacter[]): TimedWord {
  const logSum = characters.reduce((sum, { confidence }) => sum + Math.log(confidence ?? 0), 0);
  return {
    start: characters[0]!.start, // never empty
    end: characters.at(-1)!.end,
    text: characters.map(({ text }) => text).join(""),
    confidence: Math.exp(logSum / characters.length),
    characters,
  };
}
