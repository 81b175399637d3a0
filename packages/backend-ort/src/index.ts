export { BackendError, DeviceLostError } from "./backend-error.js";
export { pageThreads } from "./page-device.js";
export { ortBackend, type OrtBackendOptions } from "./ort-backend.js";
export type { OrtProvider, OrtRuntime } from "./ort-runtime.js";
export type { OrtTensor } from "./ort-tensor.js";
