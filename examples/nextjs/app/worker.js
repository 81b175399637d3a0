// The worker: WebGPU where it is, WASM otherwise.
import { serveRecognizer } from "@wav2vec/asr-worker/serve";
import { ortBackend } from "@wav2vec/backend-ort";

serveRecognizer({
  webgpu: async () => ortBackend({ ort: await import("onnxruntime-web/webgpu"), provider: "webgpu" }),
  wasm: async () => ortBackend({ ort: await import("onnxruntime-web/wasm"), provider: "wasm" }),
});
