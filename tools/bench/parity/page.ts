// The backends of a page; the command calls `measureInPage` for each model and backend.
/// <reference types="vite/client" />
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import simd from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.wasm?url";
import plain from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url";
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import { ortBackend } from "@wav2vec/backend-ort";
import { tfjsBackend } from "@wav2vec/backend-tfjs";
import type { Backend } from "@wav2vec/core";
import { measureParity } from "./measure-parity.js";
import type { PageBackendName } from "./page-backends.js";
import type { Parity, ParityCase } from "./parity-case.js";

setWasmPaths({
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  "tfjs-backend-wasm-threaded-simd.wasm": threaded,
});

const backends: { readonly [N in PageBackendName]: () => Promise<Backend> } = {
  "ort wasm": async () => ortBackend({ ort: await import("onnxruntime-web/wasm"), provider: "wasm" }),
  "ort webgpu": async () => ortBackend({ ort: await import("onnxruntime-web/webgpu"), provider: "webgpu" }),
  "tfjs cpu": () => onTfjs("cpu"),
  "tfjs wasm": () => onTfjs("wasm"),
  "tfjs webgl": () => onTfjs("webgl"),
  "tfjs webgpu": () => onTfjs("webgpu"),
};

async function onTfjs(device: "cpu" | "wasm" | "webgl" | "webgpu"): Promise<Backend> {
  await tf.setBackend(device);
  return tfjsBackend({ tf, device });
}

const started = new Map<PageBackendName, Promise<Backend>>();

async function measureInPage(name: PageBackendName, row: ParityCase): Promise<Parity> {
  const backend = started.get(name) ?? backends[name]();
  started.set(name, backend);
  return measureParity(await backend, row);
}

declare global {
  interface Window {
    measureInPage: typeof measureInPage;
    isReady: boolean;
  }
}
window.measureInPage = measureInPage;
window.isReady = true;
