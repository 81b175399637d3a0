import { beforeAll } from "vitest";
import { testBackend } from "../../testkit/src/test-backend.js"; // its index reads files, which a page cannot
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
  testBackend(
    `tfjs on ${device}`,
    () => tfjsBackend({ tf, device }),
    isGpu ? { tolerance: GPU_TOLERANCE } : {},
  );
}
