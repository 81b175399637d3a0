// For tests: what ONNX Runtime's WebGPU provider gets wrong, in Node and in pages.

/** WGSL allows sin and cos an error of 2^-11: https://www.w3.org/TR/WGSL/#floating-point-accuracy */
export const WEBGPU_TOLERANCE = 5e-4;

const nan = "WGSL does not promise NaN: https://www.w3.org/TR/WGSL/#floating-point-evaluation";

/** By row of the conformance suite. */
export const WEBGPU_WRONG = {
  "relu of NaN": nan,
  "softmax of a row with NaN": nan,
  "softmax of no rows": "the provider refuses a softmax of nothing",
} as const;

/** By row of the conformance suite. */
export const WEBGPU_SKIPPED = {
  "log of zero": "WGSL leaves it open: SwiftShader gives a large negative number, NVIDIA minus infinity",
  "matMul over no products": "an error in a page; in Node the process ends",
} as const;
