// The worker of the tests: both providers, WebGPU first, and a way to lose its device.
import { ortBackend } from "@wav2vec/backend-ort";
import { serveRecognizer } from "../src/serve.js";

serveRecognizer({
  webgpu: async () => ortBackend({ ort: await import("onnxruntime-web/webgpu"), provider: "webgpu" }),
  wasm: async () => ortBackend({ ort: await import("onnxruntime-web/wasm"), provider: "wasm" }),
});

self.addEventListener("message", (event: MessageEvent) => {
  if (event.data !== "lose the device") return;
  void import("onnxruntime-web/webgpu").then(
    async ({ env }) => ((await env.webgpu.device) as unknown as { destroy(): void }).destroy(), // a GPUDevice, whose types are not everywhere
  );
});
