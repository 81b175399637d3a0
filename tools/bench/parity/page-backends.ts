// The backends that a page has, by name.
export const pageBackends = [
  "ort wasm",
  "ort webgpu",
  "tfjs cpu",
  "tfjs wasm",
  "tfjs webgl",
  "tfjs webgpu",
] as const;
export type PageBackendName = (typeof pageBackends)[number];
