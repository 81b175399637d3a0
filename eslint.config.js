import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Forbids imports of `patterns` in `files`: the import rule of ARCHITECTURE.md. */
const forbid = (files, patterns, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
});

export default tseslint.config(
  { ignores: ["**/dist/", "**/.nx/", ".tools/", "**/assembly/", "**/*.generated.*"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["**/*.ts", "**/*.tsx"],
    rules: {
      "max-lines": ["error", { max: 400 }],
      "@typescript-eslint/no-non-null-assertion": "off", // typed-array loops need it; noUncheckedIndexedAccess is on
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "always" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: {
      globals: {
        Buffer: "readonly",
        process: "readonly",
        console: "readonly",
        performance: "readonly",
        URL: "readonly",
      },
    },
  },
  {
    files: ["apps/**/*.js", "examples/**/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        "AudioWorkletProcessor registerProcessor sampleRate self caches fetch location Response document Worker"
          .split(" ")
          .map((name) => [name, "readonly"]),
      ),
    },
  },
  {
    files: ["packages/training/report/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        "document getComputedStyle matchMedia addEventListener uPlot"
          .split(" ")
          .map((name) => [name, "readonly"]),
      ),
    },
  },
  forbid(
    ["packages/core/src/graph/**"],
    ["**/wav2vec2/**", "@wav2vec/*"],
    "graph knows nothing of the model",
  ),
  forbid(["packages/core/src/wav2vec2/**"], ["@wav2vec/*"], "core depends on nothing"),
  forbid(["packages/decoders/src/**"], ["@wav2vec/*"], "decoders import nothing of ours"),
  forbid(["packages/audio/src/**"], ["@wav2vec/*"], "audio imports nothing of ours"),
  forbid(["packages/metrics/src/**"], ["@wav2vec/*"], "metrics import nothing of ours"),
  forbid(["packages/backend-*/src/**/!(*.test).ts"], ["@wav2vec/!(core)"], "a backend imports only core"),
  forbid(["packages/checkpoints/src/**/!(*.test).ts"], ["@wav2vec/!(core)"], "checkpoints import only core"),
  forbid(
    ["packages/tasks/*/src/**/!(*.test).ts", "packages/training/src/**/!(*.test).ts"],
    ["@wav2vec/backend-*"],
    "a backend is passed in",
  ),
);
