// For tests: finds a Vulkan driver that Dawn can use on a machine without a GPU.
import { existsSync } from "node:fs";

/** Chromium's software driver, which Debian installs; Mesa's lacks a feature that Dawn needs. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Where the loader between Dawn and the driver lies: Debian's libvulkan1, other distributions, or a folder that is named. */
const LOADERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  ...(process.env["LD_LIBRARY_PATH"]?.split(":") ?? []),
].map((folder) => `${folder}/libvulkan.so.1`);

/** Whether WebGPU can be tried; points Vulkan at SwiftShader where no driver is named. */
export function hasWebGpuDriver(): boolean {
  if (process.env["VK_ICD_FILENAMES"] === undefined && existsSync(SWIFTSHADER)) {
    process.env["VK_ICD_FILENAMES"] = SWIFTSHADER;
    process.env["XDG_RUNTIME_DIR"] ??= "/tmp";
  }
  return process.env["VK_ICD_FILENAMES"] !== undefined && LOADERS.some((loader) => existsSync(loader));
}
