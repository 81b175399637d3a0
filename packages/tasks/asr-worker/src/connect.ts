// The page's side: starts the worker, calls it, and starts it again when its graphics device is lost.
import type { AlignedText } from "@wav2vec/align";
import type { Transcript, TranscribeProgress } from "@wav2vec/asr";
import type { DownloadProgress } from "@wav2vec/checkpoints";
import { proxy, releaseProxy, wrap, type Remote } from "comlink";
import { pageLive, type LiveSession } from "./page-live.js";
import { pageLesson, type PageLesson } from "./teaching/page-lesson.js";
import type {
  Heard,
  LabelledClip,
  LessonOptions,
  OpenedModel,
  OpenRequest,
  RecognizerService,
  TranscribeRequest,
} from "./protocol.js";

/** What to start. */
export interface ConnectOptions extends OpenRequest {
  /** Starts the worker: `() => new Worker(new URL("./worker.js", import.meta.url), { type: "module" })`. */
  readonly startWorker: () => Worker;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Called when the graphics device is lost, before the worker is started again. */
  readonly onLost?: (reason: Error) => void;
  /** Called when the worker was started again, with the reason. */
  readonly onRestart?: (reason: Error) => void;
}

/** How a recording is worked through. */
export interface HearOptions extends Omit<TranscribeRequest, "audio"> {
  readonly signal?: AbortSignal;
  /** The transcript so far, after each window. */
  readonly onPartial?: (partial: Transcript) => void;
  readonly onProgress?: (progress: TranscribeProgress) => void;
}

/** A recogniser that works beside the page. */
export interface WorkerRecognizer {
  readonly model: OpenedModel;
  /** 16 kHz mono samples of any recording that `@wav2vec/audio` reads. */
  decode(audio: Blob | ArrayBuffer): Promise<Float32Array>;
  /** Text with times, and the log-probabilities it was read from. */
  transcribe(audio: TranscribeRequest["audio"], options?: HearOptions): Promise<Heard>;
  /** Puts a text on the recording that was transcribed last. */
  align(text: string): Promise<AlignedText>;
  /**
   * Makes a lesson of the open model; one at a time. `LessonError` names clips that cannot be learnt.
   *
   * @param clips about ten, each with its text
   */
  teach(clips: readonly LabelledClip[], options?: LessonOptions): Promise<PageLesson>;
  /** Starts a live recording; one at a time. It goes on, with all that was heard, when the worker starts again. */
  live(): Promise<LiveSession>;
  dispose(): void;
}

interface Connection {
  readonly service: Remote<RecognizerService>;
  /** Rejects when the worker breaks. */
  readonly broken: Promise<never>;
  end(): void;
}

/**
 * Opens a model in a worker.
 *
 * When the graphics device is lost, the worker is started again and the call that met it is repeated once.
 *
 * @throws Error with the `name` and message of what failed in the worker
 */
export async function connectRecognizer(options: ConnectOptions): Promise<WorkerRecognizer> {
  const { startWorker, onProgress = () => {}, onLost = () => {}, onRestart = () => {}, ...request } = options;
  let calls = 0;
  let isDisposed = false;
  let last: TranscribeRequest["audio"] | undefined; // what `align` speaks of, for a worker that starts again
  let restarting: Promise<void> | undefined;
  let [connection, model] = await begin();

  async function begin(): Promise<[Connection, OpenedModel]> {
    const made = connect(startWorker());
    try {
      return [made, await Promise.race([made.service.open(request, proxy(onProgress)), made.broken])];
    } catch (error) {
      made.end();
      throw error;
    }
  }

  async function call<T>(work: (service: Remote<RecognizerService>) => Promise<T>): Promise<T> {
    if (restarting) await restarting;
    const used = connection;
    try {
      return await Promise.race([work(used.service), used.broken]);
    } catch (error) {
      if (!(error instanceof Error && error.name === "DeviceLostError")) throw error;
      if (connection === used) await (restarting ??= restart(error).finally(() => (restarting = undefined)));
      return Promise.race([work(connection.service), connection.broken]);
    }
  }

  /** Without its device the old worker cannot compute, but it still knows what was said. */
  async function restart(reason: Error): Promise<void> {
    onLost(reason);
    const live = await Promise.race([connection.service.liveMemory(), connection.broken]);
    connection.end();
    [connection, model] = await begin();
    if (isDisposed) return connection.end();
    if (live) await connection.service.liveStart(live);
    onRestart(reason);
  }

  async function transcribe(audio: TranscribeRequest["audio"], hear: HearOptions = {}): Promise<Heard> {
    const { signal, onPartial = () => {}, onProgress: onHeard = () => {}, ...rest } = hear;
    signal?.throwIfAborted();
    const id = ++calls;
    const cancel = () => void connection.service.cancel(id);
    signal?.addEventListener("abort", cancel);
    try {
      const heard = await call((service) =>
        service.transcribe(id, { audio, ...rest }, proxy(onPartial), proxy(onHeard)),
      );
      last = audio;
      return heard;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  return {
    get model() {
      return model;
    },
    decode: (audio) => call((service) => service.decode(audio)),
    transcribe,
    align: async (text) => {
      const before = connection;
      return call(async (service) => {
        if (connection !== before && last !== undefined)
          await service.transcribe(
            ++calls,
            { audio: last },
            proxy(() => {}),
            proxy(() => {}),
          ); // a new worker has heard nothing
        return service.align(text);
      });
    },
    teach: (clips, lessonOptions = {}) => pageLesson({ call, newId: () => ++calls }, clips, lessonOptions),
    live: () => pageLive({ call }),
    dispose() {
      isDisposed = true;
      connection.end();
    },
  };
}

function connect(worker: Worker): Connection {
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", (event) =>
      reject(new Error(`worker: ${event.message || "did not load"}; look at the browser's console`)),
    );
  });
  broken.catch(() => {}); // nobody may be waiting
  const service = wrap<RecognizerService>(worker);
  let isEnded = false;
  return {
    service,
    broken,
    end() {
      if (isEnded) return;
      isEnded = true;
      service[releaseProxy]();
      worker.terminate();
    },
  };
}
