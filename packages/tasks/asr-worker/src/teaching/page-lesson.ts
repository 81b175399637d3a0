// The page's side of a lesson: a worker that had to start again is taught again before it goes on.
import { proxy, type Remote } from "comlink";
import type {
  Comparison,
  LabelledClip,
  LessonOptions,
  LessonUpdate,
  OpenedLesson,
  PageAudio,
  RecognizerService,
} from "../protocol.js";

/** How long to learn. */
export interface TrainOptions {
  /** Stops after the present update; what was learnt stays, and `train` goes on from there. */
  readonly signal?: AbortSignal;
  readonly onUpdate?: (update: LessonUpdate) => void;
}

/** A lesson as the page sees it. */
export interface PageLesson extends OpenedLesson {
  /** Goes on for so many updates, or until it is stopped. */
  train(updates: number, options?: TrainOptions): Promise<void>;
  /** What the model read before the lesson, and what it reads now. */
  compare(audio: PageAudio): Promise<Comparison>;
  /** Whether recordings and live speech are heard with the taught model; `train` takes the open one again. */
  use(isUsed: boolean): Promise<void>;
  /**
   * The taught model as a Hugging Face folder in a zip file, which `connectRecognizer` takes as it is.
   *
   * @param folder its name
   */
  save(folder: string): Promise<Blob>;
  /** Frees what learning needs; the open model stays. */
  end(): Promise<void>;
}

/** What a lesson needs of the connection. */
export interface Caller {
  /** Calls the worker; after a lost device once more, on a new one. */
  call<T>(work: (service: Remote<RecognizerService>) => Promise<T>): Promise<T>;
  newId(): number;
}

export async function pageLesson(
  { call, newId }: Caller,
  clips: readonly LabelledClip[],
  options: LessonOptions,
): Promise<PageLesson> {
  let taught: Remote<RecognizerService> | undefined; // the worker that has had the lesson
  let done = 0;

  /** The same clips and the same random numbers: a new worker comes to the same weights. */
  async function catchUp(service: Remote<RecognizerService>): Promise<OpenedLesson | undefined> {
    if (service === taught) return undefined;
    const opened = await service.teach(clips, options);
    if (done > 0) await service.train(newId(), done, proxy(() => {})); // prettier-ignore
    taught = service;
    return opened;
  }
  const onLesson = <T>(work: (service: Remote<RecognizerService>) => Promise<T>): Promise<T> =>
    call(async (service) => {
      await catchUp(service);
      return work(service);
    });

  const opened = await call(catchUp);
  return {
    ...opened!, // no worker has had it
    async train(updates, { signal, onUpdate = () => {} } = {}) {
      const goal = done + updates;
      signal?.throwIfAborted();
      let reached = done;
      await onLesson(async (service) => {
        const id = newId();
        const stop = () => void service.cancel(id);
        signal?.addEventListener("abort", stop);
        const hear = (update: LessonUpdate) => {
          reached = update.update;
          onUpdate(update);
        };
        try {
          await service.train(id, goal - done, proxy(hear));
        } finally {
          signal?.removeEventListener("abort", stop);
        }
      });
      done = reached;
    },
    compare: (audio) => onLesson((service) => service.compare(audio)),
    use: (isUsed) => onLesson((service) => service.useTaught(isUsed)),
    save: (folder) => onLesson((service) => service.saveTaught(folder)),
    end: () => call(async (service) => (service === taught ? service.endLesson() : undefined)),
  };
}
