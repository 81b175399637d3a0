// Where speech comes from: a file that is chosen or dropped, the microphone, or an example.
import { useState } from "preact/hooks";

interface Props {
  readonly isReady: boolean;
  readonly isRecording: boolean;
  readonly onFile: (file: File) => void;
  readonly onExample: (name: string) => void;
  readonly onRecord: () => void;
  readonly onStop: () => void;
}

export function SourcePanel({ isReady, isRecording, onFile, onExample, onRecord, onStop }: Props) {
  const [isOver, setIsOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file && isReady) onFile(file);
  };
  return (
    <section
      aria-labelledby="speech-heading"
      class={isOver ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <h2 id="speech-heading">Speech</h2>
      <div class="row">
        <label>
          Drop a recording here, or choose one
          <input
            type="file"
            accept="audio/*,video/*,.sph,.au,.aiff"
            disabled={!isReady}
            onChange={(event) => take(event.currentTarget.files)}
          />
        </label>
        {isRecording ? (
          <button type="button" class="recording" onClick={onStop}>
            Stop recording
          </button>
        ) : (
          <button type="button" disabled={!isReady} onClick={onRecord}>
            Record
          </button>
        )}
        <button type="button" disabled={!isReady} onClick={() => onExample("digits.wav")}>
          Try an example
        </button>
      </div>
    </section>
  );
}
