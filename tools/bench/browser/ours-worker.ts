// This project: the recogniser of @wav2vec/asr on ONNX Runtime's WASM, from the checkpoint as it lies on the server.
import type { Recognizer } from "@wav2vec/asr";
import { serve } from "./contender.js";

let recognizer: Recognizer;
serve({
  async load({ models, model, threads }) {
    const [{ createRecognizer }, { ortBackend }, ort] = await Promise.all([
      import("@wav2vec/asr"),
      import("@wav2vec/backend-ort"),
      import("onnxruntime-web/wasm"),
    ]);
    const backend = ortBackend({ ort, provider: "wasm", threads });
    recognizer = await createRecognizer({ model: new URL(`${model}/`, models).href, backend });
  },
  transcribe: async (clip) => (await recognizer.transcribe(clip)).text,
});
