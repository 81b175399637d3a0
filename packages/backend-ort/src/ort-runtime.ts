// The part of ONNX Runtime's JavaScript API in use; onnxruntime-node and onnxruntime-web both have it.
import type { InferenceSessionFactory, TensorConstructor } from "onnxruntime-common";

/** The runtime that the user passes in: `import * as ort from "onnxruntime-node"` or `"onnxruntime-web"`. */
export interface OrtRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** Where programs run. */
export type OrtProvider = "cpu" | "cuda" | "webgpu" | "wasm";
