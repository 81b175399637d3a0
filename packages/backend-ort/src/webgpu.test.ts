import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { it } from "vitest";
import { ortBackend } from "./ort-backend.js";
import { hasWebGpuDriver } from "./webgpu-driver.js";
import { WEBGPU_SKIPPED, WEBGPU_TOLERANCE, WEBGPU_WRONG } from "./webgpu-limits.js";

if (!hasWebGpuDriver()) {
  it.skip("runs on WebGPU: no driver; install chromium and libvulkan1, or set VK_ICD_FILENAMES", () =>
    undefined);
} else {
  testBackend("ort on WebGPU", () => ortBackend({ ort, provider: "webgpu" }), {
    tolerance: WEBGPU_TOLERANCE,
    wrong: WEBGPU_WRONG,
    skipped: WEBGPU_SKIPPED,
  });
}
