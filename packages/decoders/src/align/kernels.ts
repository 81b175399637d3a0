// Which inner loop runs: WebAssembly SIMD where the runtime has it, plain TypeScript elsewhere.
import type { Advance, Kernel, Lattice } from "./lattice.js";
import { viterbiWasm } from "./viterbi-wasm.generated.js";
import { advanceInTypeScript } from "./viterbi.js";

/** Names of the kernels. */
export type KernelName = "wasm" | "typescript";

/** A kernel with the memory it can work in. */
export interface KernelChoice {
  readonly name: KernelName;
  readonly allocate: (bytes: number) => ArrayBuffer | WebAssembly.Memory;
  /** The kernel for lattices in that memory. */
  readonly bind: (memory: ArrayBuffer | WebAssembly.Memory) => Kernel;
}

/** The kernel in plain TypeScript; runs everywhere. */
export const typescriptKernel: KernelChoice = {
  name: "typescript",
  allocate: (bytes) => new ArrayBuffer(bytes),
  bind: () => advanceInTypeScript,
};

/**
 * Compiles the WebAssembly kernel, about 1 kB, synchronously.
 *
 * @throws WebAssembly.CompileError where SIMD is missing or a content security policy forbids it
 */
export function compileWasmKernel(): KernelChoice {
  const bytes = Uint8Array.from(atob(viterbiWasm), (character) => character.charCodeAt(0));
  const module = new WebAssembly.Module(bytes);
  return {
    name: "wasm",
    allocate: (size) => new WebAssembly.Memory({ initial: Math.ceil(size / 65536) }),
    bind: (memory) => {
      const { exports } = new WebAssembly.Instance(module, { env: { memory: memory as WebAssembly.Memory } }); // ours, from `allocate`
      return bindAdvance(exports["advance"] as (...numbers: number[]) => void); // its only function
    },
  };
}

/** Passes the addresses of the lattice's arrays, in the order of assembly/viterbi.ts. */
const bindAdvance =
  (advance: (...numbers: number[]) => void): Kernel =>
  (lattice: Lattice, { frames, slack, limit, beam, lower, moves }: Advance) =>
    advance(
      lattice.blanks.byteOffset,
      lattice.labels.byteOffset,
      lattice.skips.byteOffset,
      lattice.offsets.byteOffset,
      lattice.rows.byteOffset,
      lattice.stride,
      lattice.bounds.byteOffset,
      lattice.arcs.byteOffset,
      lattice.arcCosts.byteOffset,
      lattice.arcCosts.length,
      lattice.range.byteOffset,
      lattice.discarded.byteOffset,
      moves ? lattice.moves.byteOffset : 0,
      moves?.first ?? 0,
      moves?.width ?? 0,
      frames,
      slack,
      limit,
      beam,
      lower,
    );

/** The faster kernel that this runtime can run. */
export function chooseKernel(wanted: KernelName | "auto"): KernelChoice {
  if (wanted === "typescript") return typescriptKernel;
  if (wanted === "wasm") return compileWasmKernel();
  try {
    return compileWasmKernel();
  } catch {
    return typescriptKernel; // no WebAssembly SIMD here
  }
}
