// The suite on the devices of a real Chromium: `pnpm exec vitest run --config packages/backend-tfjs/vitest.browser.config.ts`.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const hasChromium = existsSync(chromium);
if (!hasChromium)
  console.warn(`skipped: no Chromium at ${chromium}; set CHROMIUM to its path to run these tests`);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** SwiftShader stands in for a GPU, so that the shaders run on any machine. */
const SOFTWARE_GPU = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-vulkan=swiftshader",
  "--enable-features=Vulkan",
];

export default defineConfig({
  root: here("."),
  resolve: {
    conditions: ["@wav2vec/source", "module", "browser", "default"],
    // The setup in Node does not see the conditions.
    alias: Object.fromEntries(
      ["core", "checkpoints"].map((name) => [`@wav2vec/${name}`, here(`../${name}/src/index.ts`)]),
    ),
  },
  server: { fs: { allow: [here("../..")] } },
  test: {
    include: hasChromium ? ["browser/**/*.test.ts"] : [],
    passWithNoTests: true,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    browser: {
      enabled: hasChromium,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: chromium, args: SOFTWARE_GPU } }),
      instances: [{ browser: "chromium" }],
    },
  },
});
