// Microphone to worker: samples wait while the worker computes, and go together when it is free.
import type { LiveUpdate, WorkerRecognizer } from "@wav2vec/asr-worker";
import { joinBlocks } from "./join-blocks.js";
import { openMicrophone } from "./microphone.js";

/** What the page shows of a live recording. */
export interface LiveView extends LiveUpdate {
  /** Milliseconds from the newest sample that was computed to the text on the page. */
  readonly latencyMs: number;
}

/** A recording in progress. */
export interface LiveRecording {
  /** What the microphone hears, for pictures. */
  readonly stream: MediaStream;
  /** Switches the microphone off. @returns all samples, those that were not recognised live too */
  stop(): Promise<Float32Array>;
}

/**
 * Starts to record and to recognise.
 *
 * @param onError hears why text no longer comes, e.g. a lost graphics device; the recording goes on
 */
export async function startLive(
  recognizer: WorkerRecognizer,
  onView: (view: LiveView) => void,
  onError: (error: unknown) => void,
): Promise<LiveRecording> {
  const session = await recognizer.live();
  const all: Float32Array[] = [];
  let waiting: Float32Array[] = [];
  let newest = 0; // when the newest waiting sample was captured
  let working: Promise<void> = Promise.resolve();
  let isBusy = false;
  let isDeaf = false; // the session broke

  async function work(): Promise<void> {
    isBusy = true;
    try {
      while (waiting.length > 0) {
        const [samples, captured] = [joinBlocks(waiting), newest];
        waiting = [];
        const update = await session.push(samples);
        onView({ ...update, latencyMs: performance.now() - captured });
      }
    } catch (error) {
      isDeaf = true;
      onError(error);
    } finally {
      isBusy = false;
    }
  }

  const microphone = await openMicrophone((samples) => {
    all.push(samples);
    if (isDeaf) return;
    waiting.push(samples);
    newest = performance.now();
    if (!isBusy) working = work();
  });
  return {
    stream: microphone.stream,
    async stop() {
      await microphone.stop();
      await working;
      if (!isDeaf) await session.finish().catch(onError); // the whole recording is heard again anyway
      return joinBlocks(all);
    },
  };
}
