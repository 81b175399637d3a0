// Adds the gradient of one part of a batch to those before, in place: WebAssembly SIMD where the runtime has it.
import type { TypedArray } from "@wav2vec/core";
import { BLOCK, inFours, wasmBlocks } from "./wasm-blocks.js";

/** Adds `more` to `sum`, an array as long. @returns the sum of the squares of what is then in `sum` */
export type AddGradient = (sum: TypedArray, more: TypedArray) => number;

export const addInTypeScript: AddGradient = (sum, more) => {
  let squares = 0;
  for (let i = 0; i < sum.length; i++) {
    sum[i]! += more[i]!;
    squares += sum[i]! ** 2;
  }
  return squares;
};

/**
 * The WebAssembly kernel, in a quarter of the time.
 *
 * @throws WebAssembly.CompileError where SIMD is missing or a content security policy forbids it
 */
export function compileAdd(): (sum: Float32Array, more: Float32Array) => number {
  const { kernels, addresses, blocks } = wasmBlocks(2);
  const [own, further] = blocks as [Float32Array, Float32Array]; // as many
  return (sum, more) => {
    let squares = 0;
    for (let start = 0; start < sum.length; start += BLOCK) {
      const count = Math.min(BLOCK, sum.length - start);
      own.set(sum.subarray(start, start + count));
      further.set(more.subarray(start, start + count));
      for (const block of blocks) block.fill(0, count, inFours(count)); // these squares count too
      squares += kernels.add(...addresses, inFours(count))!; // it gives a number
      sum.set(own.subarray(0, count), start);
    }
    return squares;
  };
}

/** The faster kernel that this runtime can run. */
export function chooseAdd(): AddGradient {
  let fast: ReturnType<typeof compileAdd>;
  try {
    fast = compileAdd();
  } catch {
    return addInTypeScript; // no WebAssembly SIMD here
  }
  return (sum, more) =>
    sum instanceof Float32Array && more instanceof Float32Array
      ? fast(sum, more)
      : addInTypeScript(sum, more);
}
