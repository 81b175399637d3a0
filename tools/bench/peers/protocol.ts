// What the benchmark and its contenders say to each other: one JSON object a line, requests on stdin, replies on fd 3.

/** First request: be ready to transcribe. Imports count, so a contender imports its library when this arrives. */
export interface LoadRequest {
  readonly load: {
    /** Folder as on the Hub, with `onnx/model.onnx` beside `model.safetensors`. */
    readonly model: string;
    readonly threads: number;
    /** Several clips as one padded batch where true, otherwise one after the other. */
    readonly padded: boolean;
    /** Raw float32 little-endian samples at 16 kHz, one file a clip. */
    readonly clips: readonly string[];
  };
}

/** Every later request: transcribe all clips once. */
export interface TranscribeRequest {
  readonly transcribe: true;
}

/** Any request's answer; `texts` is empty after loading. */
export interface Reply {
  readonly seconds: number;
  readonly texts: readonly string[];
}

/** A contender without its process: what each of the TypeScript ones implements. */
export interface Contender {
  load(settings: LoadRequest["load"]): Promise<void>;
  /** @param clips samples of each clip @returns greedy text of each clip */
  transcribe(clips: readonly Float32Array[]): Promise<readonly string[]>;
}
