// The page in a real Chromium: `pnpm --filter @wav2vec/playground test`; a screenshot of each step goes to SCREENSHOTS.
import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const hasChromium = existsSync(chromium);
if (!hasChromium)
  console.warn(`skipped: no Chromium at ${chromium}; set CHROMIUM to its path to run these tests`);

const conditions = ["@wav2vec/source", "module", "node", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: hasChromium ? ["tests/**/*.test.ts"] : [],
    passWithNoTests: true,
    globalSetup: hasChromium ? ["tests/build-page.ts"] : [],
    env: { CHROMIUM: chromium },
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
