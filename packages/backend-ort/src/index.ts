export { BackendError } from "./backend-error.js";
export { ortBackend, type OrtBackendOptions } from "./ort-backend.js";
export type { OrtProvider, OrtRuntime } from "./ort-runtime.js";
export type { OrtTensor } from "./ort-tensor.js";
