import { testBackend } from "@wav2vec/testkit/suite";
import { WEBGPU_SKIPPED, WEBGPU_TOLERANCE, WEBGPU_WRONG } from "../src/webgpu-limits.js";
import { gpuBufferBytes, wasmBytes } from "./held-memory.js";
import { pageBackend } from "./runtimes.js";

const [wasm, webgpu] = [await pageBackend("wasm"), await pageBackend("webgpu")];
const inLine = "ReduceSum adds one after the other in float32";

testBackend("ort on WASM", () => wasm, {
  wrong: { "sum of many equal signs": inLine, "sum over the first of two axes, long": inLine },
  memory: { bytes: wasmBytes, slack: 32e6 },
});
testBackend("ort on WebGPU in a page", () => webgpu, {
  tolerance: WEBGPU_TOLERANCE,
  wrong: {
    ...WEBGPU_WRONG,
    "is given back by dispose, weights included":
      "1.30.0 keeps the weights of a released session while others live",
  },
  skipped: WEBGPU_SKIPPED,
  memory: { bytes: gpuBufferBytes, slack: 32e6 }, // its pool keeps buffers for the next run
});
