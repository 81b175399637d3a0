// AdamW's update of one parameter in place: WebAssembly SIMD where the runtime has it, plain TypeScript elsewhere.
import type { TypedArray } from "@wav2vec/core";
import { adamWasm } from "./adam-wasm.generated.js";

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

/** Elements moved at once: in four arrays they stay in a core's cache between being copied there and back. */
const BLOCK = 4096;

/**
 * Compiles the WebAssembly kernel, about 300 bytes, synchronously; computes in float32, in half of the time.
 *
 * @throws WebAssembly.CompileError where SIMD is missing or a content security policy forbids it
 */
export function compileMove(): (arrays: AdamArrays<Float32Array>, numbers: AdamNumbers) => void {
  const bytes = Uint8Array.from(atob(adamWasm), (character) => character.charCodeAt(0));
  const blockBytes = 4 * BLOCK;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * blockBytes) / 65536) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const move = exports["move"] as (...numbers: number[]) => void; // its only function
  const addresses = [0, 1, 2, 3].map((i) => i * blockBytes);
  const blocks = addresses.map((address) => new Float32Array(memory.buffer, address, BLOCK));
  return (arrays, numbers) => {
    const { length } = arrays[0];
    for (let start = 0; start < length; start += BLOCK) {
      const count = Math.min(BLOCK, length - start);
      arrays.forEach((array, i) => blocks[i]!.set(array.subarray(start, start + count)));
      move(...addresses, 4 * Math.ceil(count / 4), ...numbers);
      // Back goes all but the gradient.
      for (const i of [0, 2, 3]) arrays[i]!.set(blocks[i]!.subarray(0, count), start);
    }
  };
}

/** The faster kernel that this runtime can run. */
export function chooseMove(): (arrays: AdamArrays, numbers: AdamNumbers) => void {
  let fast: ReturnType<typeof compileMove>;
  try {
    fast = compileMove();
  } catch {
    return moveInTypeScript; // no WebAssembly SIMD here
  }
  return (arrays, numbers) =>
    areFloat32(arrays) ? fast(arrays, numbers) : moveInTypeScript(arrays, numbers);
}

function areFloat32(arrays: AdamArrays): arrays is AdamArrays<Float32Array> {
  return arrays.every((array) => array instanceof Float32Array);
}
