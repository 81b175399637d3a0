// The part of ONNX Runtime's JavaScript API in use; onnxruntime-node and onnxruntime-web both have it.
import type { InferenceSessionFactory, TensorConstructor } from "onnxruntime-common";

/** The runtime that the user passes in: `import * as ort from "onnxruntime-node"` or `"onnxruntime-web"`. */
export interface OrtRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
  /** Settings of the runtime for pages. */
  readonly env?: {
    readonly wasm?: { numThreads?: number };
    /** `device`: a promise of the GPUDevice, after the first session */
    readonly webgpu?: { readonly device?: unknown };
  };
}

/** Where programs run. */
export type OrtProvider = "cpu" | "cuda" | "webgpu" | "wasm";
