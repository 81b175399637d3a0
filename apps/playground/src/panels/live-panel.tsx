// Live speech: what is final, what may still change, and how late it is.
import { wordsOfText } from "../timed-words.js";
import type { LiveView } from "../audio/live-session.js";
import { LivePicture } from "./live-picture.js";

interface Props {
  readonly view: LiveView;
  readonly stream: MediaStream | undefined;
}

export function LivePanel({ view, stream }: Props) {
  const words = wordsOfText(view.transcript).map(({ text }) => text);
  return (
    <section aria-labelledby="live-heading">
      <h2 id="live-heading">Live</h2>
      {stream && <LivePicture stream={stream} />}
      <p class="transcript" data-testid="live">
        <span aria-live="polite">{words.slice(0, view.stableWords).join(" ")}</span>{" "}
        <span class="tentative">{words.slice(view.stableWords).join(" ")}</span>
      </p>
      <p class="numbers" data-testid="latency">
        {view.secondsHeard.toFixed(1)} s heard, {view.latencyMs.toFixed(0)} ms behind the microphone (
        {view.computeMs.toFixed(0)} ms of them computing)
      </p>
    </section>
  );
}
