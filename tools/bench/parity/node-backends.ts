// The backends that Node has, by name; undefined where this machine lacks what one needs.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { ortBackend } from "@wav2vec/backend-ort";
import { tfjsBackend } from "@wav2vec/backend-tfjs";
import { graph, input, mul, reference, type Backend } from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { hasWebGpuDriver } from "../../../packages/backend-ort/src/webgpu-driver.js";

export const nodeBackends: Readonly<Record<string, () => Promise<Backend | undefined>>> = {
  reference: () => Promise.resolve(reference),
  "ort cpu": () => Promise.resolve(ortBackend({ ort })),
  "ort webgpu": async () =>
    hasWebGpuDriver() ? ifStarts(ortBackend({ ort, provider: "webgpu" })) : undefined,
  "ort cuda": () => ifStarts(ortBackend({ ort, provider: "cuda" })),
  "tfjs cpu": () => onTfjs("cpu"),
  "tfjs wasm": () => onTfjs("wasm"),
};

async function onTfjs(device: "cpu" | "wasm"): Promise<Backend> {
  await tf.setBackend(device);
  return tfjsBackend({ tf, device });
}

/** The backend, if it can compile at all. */
async function ifStarts(backend: Backend): Promise<Backend | undefined> {
  const tried = await backend
    .compile(graph({ y: mul(input("x", [2]), 2) }), new Map())
    .catch(() => undefined);
  return tried && backend;
}
