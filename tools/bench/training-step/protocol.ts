// What the benchmark and its contenders say to each other: one JSON object a line, requests on stdin, replies on fd 3.

/** First request: make the model and its optimiser. */
export interface LoadRequest {
  readonly load: {
    /** Fields of a config.json. */
    readonly config: Readonly<Record<string, unknown>>;
    /** Where PyTorch writes its random weights, and the other contender reads them. */
    readonly folder: string;
    /** Where ours runs; PyTorch takes the first CUDA device unless it is `cpu`. */
    readonly provider: "cpu" | "cuda" | "webgpu";
    readonly threads: number;
    /** Copies of the model that share the batch and the threads; for ours alone. */
    readonly replicas?: number;
    /** Raw float32 little-endian samples at 16 kHz, one file a clip, all of one length. */
    readonly clips: readonly string[];
    readonly labels: readonly (readonly number[])[];
    /** Where the names of ONNX Runtime's profiles begin; for ours alone. */
    readonly profile?: string;
  };
}

/** Every later request: one step. */
export interface StepRequest {
  readonly step: true;
}

export interface Reply {
  readonly seconds: number;
  /** Of the step, before its update; null after loading. */
  readonly loss: number | null;
}
