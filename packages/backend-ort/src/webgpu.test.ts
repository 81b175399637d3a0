import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { it } from "vitest";
import { ortBackend } from "./ort-backend.js";
import { hasWebGpuDriver } from "./webgpu-driver.js";

if (!hasWebGpuDriver()) {
  it.skip("runs on WebGPU: no driver; install chromium or set VK_ICD_FILENAMES", () => undefined);
} else {
  testBackend("ort on WebGPU", () => ortBackend({ ort, provider: "webgpu" }), {
    tolerance: 5e-4, // WGSL allows sin and cos an error of 2^-11: https://www.w3.org/TR/WGSL/#floating-point-accuracy
    wrong: { "log of zero": "WGSL leaves it open; drivers give a large negative number" },
  });
}
