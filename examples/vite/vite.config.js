import { defineConfig } from "vite";

export default defineConfig({
  worker: { format: "es" }, // the runtime imports its parts when they are needed
  build: { target: "es2022" },
  optimizeDeps: { exclude: ["onnxruntime-web"] }, // finds its .wasm beside itself
});
