// The clips of a lesson: hear each, write what it says, see what the model makes of it.
import { writeWav } from "@wav2vec/audio";
import type { Comparison } from "@wav2vec/asr-worker";
import { useEffect, useRef } from "preact/hooks";
import type { TableClip } from "./use-lesson.js";

interface Props {
  readonly clips: readonly TableClip[];
  readonly heard: ReadonlyMap<number, Comparison>;
  readonly isBusy: boolean;
  readonly onWrite: (id: number, text: string) => void;
  readonly onRemove: (id: number) => void;
}

export function ClipTable({ clips, heard, isBusy, onWrite, onRemove }: Props) {
  const playing = useRef<HTMLAudioElement | undefined>(undefined);
  useEffect(() => () => playing.current?.pause(), []);
  const play = (samples: Float32Array) => {
    playing.current?.pause();
    const url = URL.createObjectURL(new Blob([writeWav(samples)], { type: "audio/wav" }));
    const audio = (playing.current = new Audio(url));
    audio.onended = () => URL.revokeObjectURL(url);
    void audio.play().catch(() => undefined); // another clip was played meanwhile
  };
  return (
    <ol class="clips" aria-label="Clips to learn from">
      {clips.map(({ id, name, samples, text }) => (
        <li key={id}>
          <div class="clip">
            <button type="button" class="small" onClick={() => play(samples)} aria-label={`Play ${name}`}>
              ▶
            </button>
            <label>
              {name}, {(samples.length / 16_000).toFixed(1)} s: what is said
              <input
                value={text}
                disabled={isBusy}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => onWrite(id, event.currentTarget.value)}
              />
            </label>
            <button
              type="button"
              class="small"
              disabled={isBusy}
              onClick={() => onRemove(id)}
              aria-label={`Remove ${name}`}
            >
              ✕
            </button>
          </div>
          <BeforeAfter heard={heard.get(id)} />
        </li>
      ))}
    </ol>
  );
}

/** What was read before and is read now. */
export function BeforeAfter({ heard }: { readonly heard: Comparison | undefined }) {
  if (!heard) return null;
  return (
    <dl class="heard-texts">
      <dt>Before</dt>
      <dd>{heard.before || "nothing"}</dd>
      <dt>Now</dt>
      <dd class="now">{heard.after || "nothing"}</dd>
    </dl>
  );
}
