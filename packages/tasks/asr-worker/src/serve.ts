// The worker's side: opens models, hears recordings, aligns texts. A worker file calls `serveRecognizer` and no more.
import { alignEmissions } from "@wav2vec/align";
import { acousticModel, recogniseEach, sourceOf } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { expose, transfer } from "comlink";
import { hearingTranscriber } from "./hearing.js";
import { liveRecognizer, type LiveRecognizer } from "./live.js";
import type { Heard, RecognizerService } from "./protocol.js";
import { startBackend, type BackendTable } from "./start-backend.js";
import { teachingService, type Teachable } from "./teaching/teaching-service.js";
import { unzipped } from "./teaching/zip-folder.js";

export { liveRecognizer, type LiveOptions, type LiveRecognizer } from "./live.js";
export type { BackendTable } from "./start-backend.js";
export type { RecognizerService } from "./protocol.js";

/**
 * Answers the page that started this worker.
 *
 * @param backends what may compute, by name, best first
 * @example serveRecognizer({ wasm: async () => ortBackend({ ort: await import("onnxruntime-web/wasm"), provider: "wasm" }) });
 */
export function serveRecognizer(backends: BackendTable): void {
  expose(recognizerService(backends));
}

/** The service itself, for a worker that offers more than it. */
export function recognizerService(backends: BackendTable): RecognizerService {
  let open: Teachable | undefined;
  let heard: Heard | undefined;
  let live: LiveRecognizer | undefined;
  const running = new Map<number, AbortController>();
  const opened = (): Teachable => {
    if (!open) throw new Error("worker: no model is open; open one first");
    return open;
  };
  const teaching = teachingService(opened, running);
  const hearingModel = () => teaching.inUse() ?? opened().model;
  return {
    ...teaching.methods,
    async open({ model: source, backend: wanted, ...hub }, onProgress) {
      teaching.methods.endLesson();
      open?.model.dispose();
      await open?.checkpoint.close();
      open = heard = live = undefined;
      const started = await startBackend(backends, wanted);
      const place = typeof source === "string" ? source : await unzipped(source);
      const checkpoint = await openCheckpoint(place, { ...hub, onProgress });
      const model = await acousticModel(checkpoint, started.backend);
      open = { checkpoint, model, backend: started.backend };
      return {
        source: checkpoint.source,
        backend: started.name,
        tokens: model.vocabulary.tokens,
        blank: model.vocabulary.blank,
        secondsPerFrame: model.secondsPerFrame,
        emissionDelay: model.emissionDelay,
        license: checkpoint.license,
        notes: [...started.notes, ...checkpoint.notes],
      };
    },
    async decode(audio) {
      const { samples } = await readAudio(audio);
      return transfer(samples, [samples.buffer]);
    },
    async transcribe(id, { audio, windowSeconds }, onPartial, onProgress) {
      const model = hearingModel();
      const controller = new AbortController();
      running.set(id, controller);
      const options = {
        signal: controller.signal,
        onProgress,
        ...(windowSeconds !== undefined && { windowSeconds }),
      };
      try {
        const makeTranscriber = () => hearingTranscriber(model, onPartial);
        for await (const { transcript, error } of recogniseEach(
          model,
          [sourceOf(audio)],
          makeTranscriber,
          options,
        )) {
          if (error) throw error;
          heard = transcript;
        }
      } finally {
        running.delete(id);
      }
      const { transcript, emissions } = heard!; // one recording has one outcome
      const data = emissions.data.slice(); // ours stays for `align`
      return transfer({ transcript, emissions: { ...emissions, data } }, [data.buffer]);
    },
    async align(text) {
      if (!heard) throw new Error("align: nothing was transcribed; transcribe a recording first");
      const { vocabulary, secondsPerFrame, emissionDelay } = opened().model;
      const { durationSeconds } = heard.transcript;
      return alignEmissions(heard.emissions, text, {
        vocabulary,
        secondsPerFrame,
        emissionDelay,
        durationSeconds,
      });
    },
    cancel: (id) => running.get(id)?.abort(new DOMException("stopped", "AbortError")),
    liveStart(from) {
      live = liveRecognizer(hearingModel(), from && { from });
    },
    livePush: (samples) => started(live).push(samples),
    async liveFinish() {
      const update = await started(live).finish();
      live = undefined;
      return update;
    },
    liveMemory: () => live?.memory(),
  };
}

function started(live: LiveRecognizer | undefined): LiveRecognizer {
  if (!live) throw new Error("worker: nothing is being recorded; call liveStart first");
  return live;
}
