// ONNX Runtime as a page has it: one build for each provider.
import { ortBackend } from "../src/index.js";
import { watchMemory } from "./held-memory.js";

/** What pages run on. */
export const pageProviders = ["wasm", "webgpu"] as const;

watchMemory(); // before either build is imported

/** A backend on the build that has the provider. */
export async function pageBackend(provider: (typeof pageProviders)[number]) {
  const ort = await (provider === "wasm" ? import("onnxruntime-web/wasm") : import("onnxruntime-web/webgpu"));
  return ortBackend({ ort, provider });
}
