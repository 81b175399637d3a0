// This project: the recogniser of @wav2vec/asr on @wav2vec/backend-ort, from the checkpoint as it lies on disk.
import type { Recognizer } from "@wav2vec/asr";
import { serve } from "./serve.js";

let recognizer: Recognizer;
let asBatch: boolean;

await serve({
  async load({ model, threads, padded }) {
    const [{ createRecognizer }, { ortBackend }, ort] = await Promise.all([
      import("@wav2vec/asr"),
      import("@wav2vec/backend-ort"),
      import("onnxruntime-node"),
    ]);
    asBatch = padded;
    recognizer = await createRecognizer({ model, backend: ortBackend({ ort, threads }) });
  },
  async transcribe(clips) {
    const transcripts = await recognizer.transcribe([...clips], asBatch ? { batchSize: clips.length } : {});
    return transcripts.map(({ text }) => text);
  },
});
