// A transcriber that also keeps what the model heard, and tells the text so far after each window.
import { transcriberOf, type AcousticModel, type Transcript, type Transcriber } from "@wav2vec/asr";
import type { Emissions } from "@wav2vec/decoders";
import type { Heard } from "./protocol.js";

/** @param onPartial is waited for; it hears the transcript of the windows so far; a later window may extend its last word */
export function hearingTranscriber(
  model: AcousticModel,
  onPartial: (partial: Transcript) => void | Promise<void>,
): Transcriber<Heard> {
  const greedy = transcriberOf(model);
  const windows: Emissions[] = [];
  let frames = 0;
  return {
    async feed(emissions, signal) {
      windows.push({ ...emissions, data: emissions.data.slice() });
      frames += emissions.frames;
      await greedy.feed(emissions, signal);
      await onPartial(await greedy.finish(frames * model.secondsPerFrame));
    },
    async finish(durationSeconds) {
      return { transcript: await greedy.finish(durationSeconds), emissions: joinEmissions(windows) };
    },
  };
}

/** Windows one after the other as one; [frames, symbols] */
export function joinEmissions(windows: readonly Emissions[]): Emissions {
  const symbols = windows[0]?.symbols ?? 0;
  const frames = windows.reduce((sum, window) => sum + window.frames, 0);
  const data = new Float32Array(frames * symbols);
  let at = 0;
  for (const window of windows) {
    data.set(window.data, at);
    at += window.data.length;
  }
  return { data, frames, symbols };
}
