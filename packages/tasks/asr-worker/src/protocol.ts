// What a page and its worker say to each other: plain data, arrays handed over, functions called back.
import type { AlignedText } from "@wav2vec/align";
import type { Transcript, TranscribeProgress } from "@wav2vec/asr";
import type { DownloadProgress } from "@wav2vec/checkpoints";
import type { Emissions } from "@wav2vec/decoders";

/** Which model on what. */
export interface OpenRequest {
  /** A Hub id, the address of a folder, or files that a visitor dropped. A URL object cannot be sent: use its `href`. */
  readonly model: string | readonly File[];
  /** One of the names that the worker serves; without it the first that starts. */
  readonly backend?: string;
  /** Revision on the Hub. */
  readonly revision?: string;
  /** Base address of the Hub. */
  readonly endpoint?: string;
}

/** A model that is ready. */
export interface OpenedModel {
  readonly source: string;
  /** The name of what computes. */
  readonly backend: string;
  /** Symbols by id. */
  readonly tokens: readonly string[];
  readonly blank: number;
  readonly secondsPerFrame: number;
  /** Seconds by which frames say a symbol after its sound; times of words have it taken off. */
  readonly emissionDelay: number;
  readonly license: string | undefined;
  /** What the user should know, e.g. why another backend was taken. */
  readonly notes: readonly string[];
}

/** Audio as a page has it: a file, bytes, or 16 kHz mono samples. */
export type PageAudio = Blob | ArrayBuffer | Float32Array;

/** How a recording is transcribed. */
export interface TranscribeRequest {
  readonly audio: PageAudio;
  /** New seconds in each window; after each the text so far is told. Default 20. */
  readonly windowSeconds?: number;
}

/** A recording and everything the model heard in it. */
export interface Heard {
  readonly transcript: Transcript;
  /** [frames, symbols] natural-log probabilities */
  readonly emissions: Emissions;
}

/** A live recording as heard so far. */
export interface LiveUpdate {
  readonly transcript: Transcript;
  /** How many words, from the first, will not change any more. */
  readonly stableWords: number;
  /** Seconds of audio heard. */
  readonly secondsHeard: number;
  /** Milliseconds that this update took to compute. */
  readonly computeMs: number;
}

/** A live recording in the middle: what a worker needs to go on where another one stopped. */
export interface LiveMemory {
  /** The samples still needed, from `before` frames ahead of the first frame that is not final. */
  readonly held: Float32Array<ArrayBuffer>;
  readonly before: number;
  /** Samples heard in all. */
  readonly heard: number;
  /** What the model heard in the frames that are final, in order. */
  readonly final: readonly Emissions[];
}

/** A recording and what is said in it. */
export interface LabelledClip {
  /** Shown in errors. */
  readonly name: string;
  /** 16 kHz mono, up to 20 s. */
  readonly samples: Float32Array;
  /** In any case; numbers and punctuation as the model can spell them. */
  readonly text: string;
}

/** How a model is taught. */
export interface LessonOptions {
  /** What learns: everything after the convolutions, or the last layer alone, which needs less memory. Default "all". */
  readonly parts?: "all" | "head";
  /** Clips that the model knows already: each update hears one again, so that less is forgotten. Default none. */
  readonly known?: readonly LabelledClip[];
}

/** A lesson that is ready to begin. */
export interface OpenedLesson {
  /** What each clip teaches, as the model writes it. */
  readonly texts: readonly string[];
  /** Numbers that learn. */
  readonly learning: number;
}

/** One step of learning. */
export interface LessonUpdate {
  /** Counted from 1 over the whole lesson. */
  readonly update: number;
  /** CTC loss per letter, the mean over the clips of the update. */
  readonly loss: number;
  readonly milliseconds: number;
}

/** What the open model and the taught one read in a recording. */
export interface Comparison {
  readonly before: string;
  readonly after: string;
}

/** What the worker offers for lessons; one lesson at a time, and none after another model is opened. */
export interface TeachingService {
  teach(clips: readonly LabelledClip[], options: LessonOptions): Promise<OpenedLesson>;
  /** Ends early, without error, when `cancel` is called with this id. */
  train(id: number, updates: number, onUpdate: (update: LessonUpdate) => void | Promise<void>): Promise<void>;
  compare(audio: PageAudio): Promise<Comparison>;
  /** Whether recordings and live speech are heard with the taught model; `train` takes the open one again. */
  useTaught(isUsed: boolean): Promise<void>;
  /** The taught model as a Hugging Face folder of this name in a zip file. */
  saveTaught(folder: string): Promise<Blob>;
  endLesson(): void;
}

/** What the worker offers. */
export interface RecognizerService extends TeachingService {
  open(request: OpenRequest, onProgress: (progress: DownloadProgress) => void): Promise<OpenedModel>;
  /** Mono samples at 16 kHz of a file that browsers may not know. */
  decode(audio: Blob | ArrayBuffer): Promise<Float32Array>;
  transcribe(
    id: number,
    request: TranscribeRequest,
    onPartial: (partial: Transcript) => void | Promise<void>,
    onProgress: (progress: TranscribeProgress) => void,
  ): Promise<Heard>;
  /** Puts a text on the recording that was transcribed last. */
  align(text: string): Promise<AlignedText>;
  cancel(id: number): void;
  /** @param from goes on with a recording that another worker began */
  liveStart(from?: LiveMemory): void;
  /** New samples, 16 kHz mono; any number. */
  livePush(samples: Float32Array): Promise<LiveUpdate>;
  liveFinish(): Promise<LiveUpdate>;
  /** The live recording that is not finished, if there is one; a worker whose device is lost knows it still. */
  liveMemory(): LiveMemory | undefined;
}
