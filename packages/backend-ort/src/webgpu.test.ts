import { existsSync } from "node:fs";
import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { it } from "vitest";
import { ortBackend } from "./ort-backend.js";

/** Chromium's software driver, which Debian installs; Mesa's lacks a feature that Dawn needs. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

if (process.env["VK_ICD_FILENAMES"] === undefined && existsSync(SWIFTSHADER)) {
  process.env["VK_ICD_FILENAMES"] = SWIFTSHADER;
  process.env["XDG_RUNTIME_DIR"] ??= "/tmp";
}

if (process.env["VK_ICD_FILENAMES"] === undefined) {
  it.skip("runs on WebGPU: no driver; install chromium or set VK_ICD_FILENAMES", () => undefined);
} else {
  testBackend("ort on WebGPU", () => ortBackend({ ort, provider: "webgpu" }), {
    tolerance: 5e-4, // WGSL allows sin and cos an error of 2^-11: https://www.w3.org/TR/WGSL/#floating-point-accuracy
    wrong: { "log of zero": "WGSL leaves it open; drivers give a large negative number" },
  });
}
