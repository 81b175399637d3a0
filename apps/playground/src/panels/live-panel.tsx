// Live speech: what is final, what may still change, and how late it is.
import { useState } from "preact/hooks";
import { wordsOfText } from "../timed-words.js";
import type { LiveView } from "../audio/live-session.js";
import { LivePicture } from "./live-picture.js";

interface Props {
  readonly view: LiveView;
  readonly stream: MediaStream | undefined;
  /** How often the worker was started again since the model was opened. */
  readonly restarts: number;
  readonly isRestarting: boolean;
}

export function LivePanel({ view, stream, restarts, isRestarting }: Props) {
  const [restartsBefore] = useState(restarts);
  const words = wordsOfText(view.transcript).map(({ text }) => text);
  return (
    <section aria-labelledby="live-heading">
      <h2 id="live-heading">Live</h2>
      {stream && <LivePicture stream={stream} />}
      <p class="transcript" data-testid="live">
        <span aria-live="polite">{words.slice(0, view.stableWords).join(" ")}</span>{" "}
        <span class="tentative">{words.slice(view.stableWords).join(" ")}</span>
      </p>
      <p role="status" class="numbers" data-testid="live-note">
        {isRestarting
          ? "The graphics device was lost: the model starts again, and what is said meanwhile is kept."
          : restarts > restartsBefore
            ? "The graphics device was lost and the model was started again: the text goes on, nothing is missing."
            : ""}
      </p>
      <p class="numbers" data-testid="latency">
        {view.secondsHeard.toFixed(1)} s heard, {view.latencyMs.toFixed(0)} ms behind the microphone (
        {view.computeMs.toFixed(0)} ms of them computing)
      </p>
    </section>
  );
}
