// AdamW's update of one parameter in place: WebAssembly SIMD where the runtime has it, plain TypeScript elsewhere.
import type { TypedArray } from "@wav2vec/core";
import { BLOCK, inFours, wasmBlocks } from "./wasm-blocks.js";

/** A parameter, its gradient and its moments, of one length. */
export type AdamArrays<A extends TypedArray = TypedArray> = readonly [
  parameter: A,
  gradient: A,
  first: A,
  second: A,
];

/** What `adamCoefficients` gives, with what is left of a parameter by weight decay in place of the decay. */
export type AdamNumbers = readonly [
  scale: number,
  oneMinusFirst: number,
  oneMinusSecond: number,
  step: number,
  eps: number,
  kept: number,
];

/** The formula of `adamGraph`, element by element; computes in float64. */
export function moveInTypeScript(
  [parameter, gradient, first, second]: AdamArrays,
  [scale, oneMinusFirst, oneMinusSecond, step, eps, kept]: AdamNumbers,
): void {
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]! * scale;
    const m = first[i]! + (g - first[i]!) * oneMinusFirst;
    const v = second[i]! + (g * g - second[i]!) * oneMinusSecond;
    first[i] = m;
    second[i] = v;
    parameter[i] = parameter[i]! * kept - (m * step) / (Math.sqrt(v) + eps);
  }
}

/** Moves parameters; fastest where they and their moments lie in the kernel's memory. */
export interface AdamKernel<A extends TypedArray = TypedArray> {
  move(arrays: AdamArrays<A>, numbers: AdamNumbers): void;
  /** Zeros in the kernel's memory, of which it was given so many elements; absent where there is none. */
  readonly take?: ((length: number) => Float32Array) | undefined;
}

/**
 * The WebAssembly kernel; computes in float32, in half of the time, or a third with arrays that `take` gave.
 *
 * @param lengths of the arrays that will be taken
 * @throws WebAssembly.CompileError where SIMD is missing or a content security policy forbids it; RangeError if there
 *   cannot be so much memory
 */
export function compileMove(lengths: readonly number[] = []): AdamKernel<Float32Array> {
  const beyond = lengths.reduce((sum, length) => sum + 4 * inFours(length), 0);
  const { kernels, memory, addresses, blocks } = wasmBlocks(4, beyond);
  let taken = 4 * BLOCK * addresses.length;
  const take = (length: number) => {
    const array = new Float32Array(memory, taken, length);
    taken += 4 * inFours(length);
    return array;
  };
  return {
    take: lengths.length > 0 ? take : undefined,
    move(arrays, numbers) {
      const { length } = arrays[0];
      const isHere = arrays.map(({ buffer }) => buffer === memory);
      for (let start = 0; start < length; start += BLOCK) {
        const count = Math.min(BLOCK, length - start);
        const at = arrays.map((array, i) => {
          if (isHere[i]) return array.byteOffset + 4 * start;
          blocks[i]!.set(array.subarray(start, start + count));
          return addresses[i]!;
        });
        kernels.move(...at, inFours(count), ...numbers);
        // Back goes all but the gradient.
        for (const i of [0, 2, 3]) if (!isHere[i]) arrays[i]!.set(blocks[i]!.subarray(0, count), start);
      }
    },
  };
}

/** The fastest kernel that this runtime has, with memory for arrays of these lengths if it can be had. */
export function chooseMove(lengths: readonly number[]): AdamKernel {
  const fast = orElse(() => compileMove(lengths)) ?? orElse(() => compileMove());
  if (!fast) return { move: moveInTypeScript }; // no WebAssembly SIMD here
  return {
    move: (arrays, numbers) =>
      areFloat32(arrays) ? fast.move(arrays, numbers) : moveInTypeScript(arrays, numbers),
    take: fast.take,
  };
}

function areFloat32(arrays: AdamArrays): arrays is AdamArrays<Float32Array> {
  return arrays.every((array) => array instanceof Float32Array);
}

function orElse<R>(attempt: () => R): R | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
