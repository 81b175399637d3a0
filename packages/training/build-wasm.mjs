// Builds the kernels of the trainer.
import { fileURLToPath } from "node:url";
import { wasmModule } from "../../tools/workspace/wasm-module.mjs";

/** What vitest calls first. */
export default function buildWasm() {
  return wasmModule(new URL("src/trainer/assembly/trainer.ts", import.meta.url));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm();
