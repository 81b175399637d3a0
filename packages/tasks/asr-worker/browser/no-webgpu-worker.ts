// A worker in a browser without WebGPU.
import { ortBackend } from "@wav2vec/backend-ort";
import { serveRecognizer } from "../src/serve.js";

Object.defineProperty(navigator, "gpu", { value: undefined });
serveRecognizer({
  webgpu: async () => ortBackend({ ort: await import("onnxruntime-web/webgpu"), provider: "webgpu" }),
  wasm: async () => ortBackend({ ort: await import("onnxruntime-web/wasm"), provider: "wasm" }),
});
