// The page's side: starts the worker, calls it, and starts it again when its graphics device is lost.
import type { AlignedText } from "@wav2vec/align";
import type { Transcript, TranscribeProgress } from "@wav2vec/asr";
import type { DownloadProgress } from "@wav2vec/checkpoints";
import { proxy, releaseProxy, transfer, wrap, type Remote } from "comlink";
import { pageLesson, type PageLesson } from "./teaching/page-lesson.js";
import type {
  Heard,
  LabelledClip,
  LessonOptions,
  LiveUpdate,
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
  /** Starts a live recording; one at a time. */
  live(): Promise<LiveSession>;
  dispose(): void;
}

/** A live recording; wait for each answer before the next push. */
export interface LiveSession {
  /** @param samples 16 kHz mono; handed over to the worker */
  push(samples: Float32Array): Promise<LiveUpdate>;
  finish(): Promise<LiveUpdate>;
}

interface Connection {
  readonly worker: Worker;
  readonly service: Remote<RecognizerService>;
  /** Rejects when the worker breaks. */
  readonly broken: Promise<never>;
}

/**
 * Opens a model in a worker.
 *
 * When the graphics device is lost, the worker is started again and the call that met it is repeated once.
 *
 * @throws Error with the `name` and message of what failed in the worker
 */
export async function connectRecognizer(options: ConnectOptions): Promise<WorkerRecognizer> {
  const { startWorker, onProgress = () => {}, onRestart = () => {}, ...request } = options;
  let calls = 0;
  let isDisposed = false;
  let last: TranscribeRequest["audio"] | undefined; // what `align` speaks of, for a worker that starts again
  let [connection, model] = await begin();

  async function begin(): Promise<[Connection, OpenedModel]> {
    const made = connect(startWorker());
    try {
      return [made, await Promise.race([made.service.open(request, proxy(onProgress)), made.broken])];
    } catch (error) {
      end(made);
      throw error;
    }
  }

  async function call<T>(work: (service: Remote<RecognizerService>) => Promise<T>): Promise<T> {
    const used = connection;
    try {
      return await Promise.race([work(used.service), used.broken]);
    } catch (error) {
      if (!(error instanceof Error && error.name === "DeviceLostError")) throw error;
      if (connection === used) {
        end(used);
        [connection, model] = await begin();
        onRestart(error);
      }
      return Promise.race([work(connection.service), connection.broken]);
    }
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
    async live() {
      await call((service) => service.liveStart());
      return {
        push: (samples) =>
          Promise.race([connection.service.livePush(transfer(samples, [samples.buffer])), connection.broken]),
        finish: () => Promise.race([connection.service.liveFinish(), connection.broken]),
      };
    },
    dispose() {
      if (!isDisposed) end(connection);
      isDisposed = true;
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
  return { worker, service: wrap<RecognizerService>(worker), broken };
}

function end({ worker, service }: Connection): void {
  service[releaseProxy]();
  worker.terminate();
}
