// @huggingface/transformers: its speech recognition pipeline on the exported ONNX file.
// The pipeline takes several clips and runs them one after the other; it has no padded batch.
import { basename, dirname } from "node:path";
import { serve } from "./serve.js";

type Transcribe = (clips: Float32Array[]) => Promise<readonly { text: string }[]>;
let pipe: Transcribe;

await serve({
  async load({ model, threads, padded }) {
    if (padded) throw new Error("transformers.js: asked for a padded batch; its pipeline cannot do that");
    const { env, pipeline } = await import("@huggingface/transformers");
    env.allowRemoteModels = false;
    env.localModelPath = dirname(model);
    pipe = (await pipeline("automatic-speech-recognition", basename(model), {
      dtype: "fp32",
      device: "cpu",
      session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
    })) as unknown as Transcribe; // the library's own type is a union over all model kinds
  },
  async transcribe(clips) {
    return (await pipe([...clips])).map(({ text }) => text);
  },
});
