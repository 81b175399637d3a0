// This project: the recogniser of @wav2vec/asr on @wav2vec/backend-ort, from the checkpoint as it lies on disk.
import { serve } from "./serve.js";

await serve({
  async load() {
    throw new Error("ours: @wav2vec/asr exports no recogniser yet");
  },
  async transcribe() {
    return [];
  },
});
