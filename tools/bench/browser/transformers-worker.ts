// @huggingface/transformers: its speech recognition pipeline on the exported ONNX file, on its own build of the runtime.
import { serve } from "./contender.js";

type Transcribe = (clip: Float32Array) => Promise<{ text: string }>;
let pipe: Transcribe;
serve({
  async load({ models, model, threads }) {
    const { env, pipeline } = await import("@huggingface/transformers");
    env.allowRemoteModels = false;
    env.allowLocalModels = true;
    env.localModelPath = new URL(models).pathname; // whole addresses are no local models to it
    const { wasm } = env.backends.onnx;
    wasm!.numThreads = threads; // a page has it
    wasm!.wasmPaths = new URL("/peer-runtime/", models).href; // instead of a CDN
    pipe = (await pipeline("automatic-speech-recognition", model, {
      dtype: "fp32",
      device: "wasm",
    })) as unknown as Transcribe; // the library's own type is a union over all model kinds
  },
  transcribe: async (clip) => (await pipe(clip)).text,
});
