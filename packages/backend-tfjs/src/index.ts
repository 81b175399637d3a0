export { tfjsBackend, type TfjsBackendOptions } from "./tfjs-backend.js";
export type { TfjsDevice } from "./device.js";
export { FreedTensorError, type TfjsTensor } from "./tensor.js";
export type { TensorFlow } from "./tensorflow.js";
