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

/** What the worker offers. */
export interface RecognizerService {
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
  liveStart(): void;
  /** New samples, 16 kHz mono; any number. */
  livePush(samples: Float32Array): Promise<LiveUpdate>;
  liveFinish(): Promise<LiveUpdate>;
}
