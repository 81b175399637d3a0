// The text as a karaoke line: the word that is heard is marked, doubtful words are underlined, a word plays on click.
import type { TimedText, TimedWord } from "@wav2vec/decoders";
import { wordsOfText } from "../timed-words.js";

interface Props {
  readonly text: TimedText | undefined;
  /** Seconds where the player is. */
  readonly time: number;
  readonly onSeek: (seconds: number) => void;
}

export function TranscriptView({ text, time, onSeek }: Props) {
  if (!text) return null;
  const words = wordsOfText(text);
  if (words.length === 0) return <p class="transcript">No words were heard.</p>;
  return (
    <>
      <p class="transcript" data-testid="transcript">
        {words.map((word, i) => (
          <Word key={i} word={word} isHeard={time >= word.start && time < word.end} onSeek={onSeek} />
        ))}
      </p>
      <p class="legend">
        Confidence: <span class="word sure">high</span> <span class="word fair">fair</span>{" "}
        <span class="word doubtful">low</span>. A word plays when it is pressed; its edges can be dragged over
        the waveform.
      </p>
    </>
  );
}

function Word({ word, isHeard, onSeek }: { word: TimedWord; isHeard: boolean; onSeek: Props["onSeek"] }) {
  const { text, start, end, confidence } = word;
  const percent = confidence === null ? "" : `, confidence ${(confidence * 100).toFixed(0)} %`;
  return (
    <>
      <button
        type="button"
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
