// The trainer's WebAssembly, and blocks of its memory through which arrays pass.
import { trainerWasm } from "./trainer-wasm.generated.js";

/** Elements in a block: few enough to stay in a core's cache between being copied there and back. */
export const BLOCK = 4096;

/**
 * Compiles the kernels, about 450 bytes, synchronously; each caller has a memory of its own.
 *
 * @param count of the blocks
 * @param beyond bytes of memory behind the blocks
 * @throws WebAssembly.CompileError where SIMD is missing or a content security policy forbids it; RangeError if there
 *   cannot be so much memory
 */
export function wasmBlocks(count: number, beyond = 0) {
  const bytes = Uint8Array.from(atob(trainerWasm), (character) => character.charCodeAt(0));
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * BLOCK * count + beyond) / 65536) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const addresses = Array.from({ length: count }, (_, i) => 4 * BLOCK * i);
  return {
    kernels: exports as Readonly<Record<"move" | "add", (...numbers: number[]) => number | undefined>>, // all it has
    memory: memory.buffer,
    addresses,
    blocks: addresses.map((address) => new Float32Array(memory.buffer, address, BLOCK)),
  };
}

/** The kernel's `count` for so many elements: what it does to the rest of the block is not read. */
export const inFours = (count: number) => 4 * Math.ceil(count / 4);
