// The text as a karaoke line: the word that is heard is marked, doubtful words are underlined, a word plays on click.
import type { TimedText, TimedWord } from "@wav2vec/decoders";
import { wordsOfText } from "../timed-words.js";

interface Props {
  readonly text: TimedText | undefined;
  /** Seconds where the player is. */
  readonly time: number;
  readonly onSeek: (seconds: number) => void;
  /** Moves the edges of a word: where dragging is not possible, keys do it. */
  readonly onMove: (word: number, start: number, end: number) => void;
}

/** Seconds that a key moves an edge: one frame. */
const KEY_SECONDS = 0.02;

export function TranscriptView({ text, time, onSeek, onMove }: Props) {
  if (!text) return null;
  const words = wordsOfText(text);
  if (words.length === 0) return <p class="transcript">No words were heard.</p>;
  return (
    <>
      <p class="transcript" data-testid="transcript">
        {words.map((word, i) => (
          <Word
            key={i}
            word={word}
            isHeard={time >= word.start && time < word.end}
            onSeek={onSeek}
            onMove={(start, end) => onMove(i, start, end)}
          />
        ))}
      </p>
      <p class="legend">
        Confidence: <span class="word sure">high</span> <span class="word fair">fair</span>{" "}
        <span class="word doubtful">low</span>. A word plays when it is pressed; its edges can be dragged over
        the waveform, or moved with Alt and the arrow keys (the end) and Alt, Shift and the arrow keys (the
        start).
      </p>
    </>
  );
}

interface WordProps {
  readonly word: TimedWord;
  readonly isHeard: boolean;
  readonly onSeek: Props["onSeek"];
  readonly onMove: (start: number, end: number) => void;
}

function Word({ word, isHeard, onSeek, onMove }: WordProps) {
  const { text, start, end, confidence } = word;
  const percent = confidence === null ? "" : `, confidence ${(confidence * 100).toFixed(0)} %`;
  const nudge = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -KEY_SECONDS, ArrowRight: KEY_SECONDS }[event.key];
    if (!event.altKey || step === undefined) return;
    event.preventDefault(); // Alt and an arrow would leave the page
    if (event.shiftKey) onMove(Math.min(start + step, end), end);
    else onMove(start, Math.max(end + step, start));
  };
  return (
    <>
      <button
        type="button"
        aria-keyshortcuts="Alt+ArrowLeft Alt+ArrowRight Alt+Shift+ArrowLeft Alt+Shift+ArrowRight"
        onKeyDown={nudge}
        class={`word ${levelOf(confidence)}${isHeard ? " heard" : ""}`}
        aria-current={isHeard ? "true" : undefined}
        title={`${start.toFixed(2)} to ${end.toFixed(2)} s${percent}`}
        onClick={() => onSeek(start)}
      >
        {text}
      </button>{" "}
    </>
  );
}

/** Not by colour alone: each level has its own underline. */
function levelOf(confidence: number | null): "sure" | "fair" | "doubtful" {
  if (confidence === null || confidence >= 0.9) return "sure";
  return confidence >= 0.6 ? "fair" : "doubtful";
}
