// Tests in a real Chromium, `browser/` of each package: `pnpm browser`, or one suite: `pnpm browser checkpoints`.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { hubCommands } from "./packages/checkpoints/browser/hub-commands.js";
import { nodeCommands } from "./packages/tasks/asr-worker/browser/node-commands.js";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const hasChromium = existsSync(chromium);
if (!hasChromium)
  console.warn(`skipped: no Chromium at ${chromium}; set CHROMIUM to its path to run these tests`);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** SwiftShader stands in for a GPU, so that the shaders run on any machine. */
const SOFTWARE_GPU = [
  "--no-sandbox",
  "--js-flags=--expose-gc", // tests of memory collect garbage before they look
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-vulkan=swiftshader",
  "--enable-features=Vulkan",
];

/** Without these a page has no threads: https://developer.mozilla.org/docs/Web/API/Window/crossOriginIsolated */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  root: here("."),
  resolve: {
    conditions: ["@wav2vec/source", "module", "browser", "default"],
    // The setup in Node does not see the conditions.
    alias: ["core", "checkpoints"].map((name) => ({
      find: new RegExp(`^@wav2vec/${name}$`),
      replacement: here(`packages/${name}/src/index.ts`),
    })),
  },
  server: { headers: ISOLATION },
  optimizeDeps: {
    exclude: ["onnxruntime-web"],
    // What workers import is found too late otherwise: the page would be loaded again in the middle of a test.
    entries: ["packages/*/browser/*.ts", "packages/tasks/*/browser/*.ts"],
  },
  worker: { format: "es" },
  test: {
    include: hasChromium ? ["packages/{checkpoints,backend-ort,tasks/asr-worker}/browser/**/*.test.ts"] : [],
    passWithNoTests: true,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    browser: {
      enabled: hasChromium,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: chromium, args: SOFTWARE_GPU } }),
      instances: [{ browser: "chromium" }],
      commands: { ...hubCommands, ...nodeCommands },
    },
  },
});
