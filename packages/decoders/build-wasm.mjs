// Builds the kernel of the aligner.
import { fileURLToPath } from "node:url";
import { wasmModule } from "../../tools/workspace/wasm-module.mjs";

/** What vitest calls first. */
export default function buildWasm() {
  return wasmModule(new URL("src/align/assembly/viterbi.ts", import.meta.url));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm();
