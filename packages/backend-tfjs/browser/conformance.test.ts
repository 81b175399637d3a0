import { testBackend } from "@wav2vec/testkit/suite";
import { beforeAll } from "vitest";
import { tfjsBackend } from "../src/index.js";
import { pageDevices, tf } from "./devices.js";

beforeAll(async () => {
  for (const device of pageDevices)
    if (!(await tf.setBackend(device))) throw new Error(`${device} does not start`);
});

/** GPUs have coarser functions: exp and tanh of SwiftShader are good to some 1e-6. */
const GPU_TOLERANCE = 2e-5;

for (const device of pageDevices) {
  const isGpu = device === "webgl" || device === "webgpu";
  testBackend(`tfjs on ${device}`, () => tfjsBackend({ tf, device }), {
    ...(isGpu && { tolerance: GPU_TOLERANCE }),
    ...(device === "webgpu" && { wrong: { "softmax of a row with NaN": "WGSL does not promise NaN" } }),
    memory: { bytes: () => tf.memory().numBytes },
  });
}
