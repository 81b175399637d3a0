// What the page and a contender's worker say to each other.

/** First message: be ready. Imports count, so a contender imports its library when this arrives. */
export interface Load {
  /** Address of the folder of models, with a slash at its end. */
  readonly models: string;
  /** Folder below it, with `onnx/model.onnx` beside `model.safetensors`. */
  readonly model: string;
  readonly threads: number;
}

/** Any answer; `text` is empty after loading. */
export interface Answer {
  readonly seconds: number;
  readonly text: string;
  readonly error?: string;
}

interface Contender {
  load(settings: Load): Promise<void>;
  /** @param clip 16 kHz mono samples @returns the greedy text */
  transcribe(clip: Float32Array): Promise<string>;
}

/** Answers messages: `Load`, then samples. */
export function serve(contender: Contender): void {
  self.addEventListener("message", ({ data }: MessageEvent<Load | Float32Array>) => {
    const start = performance.now();
    const work =
      data instanceof Float32Array ? contender.transcribe(data) : contender.load(data).then(() => "");
    const answer = (text: string, error?: string) =>
      self.postMessage({
        seconds: (performance.now() - start) / 1000,
        text,
        ...(error !== undefined && { error }),
      } satisfies Answer);
    work.then(answer, (error: unknown) => answer("", String(error)));
  });
}
