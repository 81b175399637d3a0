// On sources, as in tests, a worker thread needs what turns TypeScript into JavaScript.

/** Flags of Node for worker threads; absent where this package is built. */
export const WORKER_FLAGS = import.meta.url.endsWith(".ts")
  ? ["--conditions=@wav2vec/source", `--import=${new URL("./register-typescript.mjs", import.meta.url).href}`]
  : undefined;
