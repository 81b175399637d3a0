import { defineConfig } from "vitest/config";

/** One configuration for every package; tests run on the sources, never on `dist`. */
export default defineConfig({
  resolve: { conditions: ["@wav2vec/source", "module", "node", "default"] },
  ssr: { resolve: { conditions: ["@wav2vec/source", "module", "node", "default"] } },
  test: {
    include: ["packages/**/src/**/*.test.ts", "tools/**/*.test.ts"],
    globalSetup: ["packages/decoders/build-wasm.mjs", "packages/training/build-wasm.mjs"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 240_000, // ends what hangs; a shared machine may be ten times slower than a quiet one
    hookTimeout: 240_000,
  },
});
