import { defineConfig } from "vitest/config";

/** One configuration for every package; tests run on the sources, never on `dist`. */
export default defineConfig({
  resolve: { conditions: ["@wav2vec/source", "module", "node", "default"] },
  ssr: { resolve: { conditions: ["@wav2vec/source", "module", "node", "default"] } },
  test: {
    include: ["packages/**/src/**/*.test.ts", "tools/**/*.test.ts"],
    globalSetup: "packages/decoders/build-wasm.mjs",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
