export { openCheckpoint, type Checkpoint, type CheckpointSource } from "./open-checkpoint.js";
export { forgetModel, keptModels, type KeptModel } from "./web/kept-files.js";
export { openLanguage } from "./language-adapter.js";
export { bindWeights, PRETRAINING_KEYS, type BoundWeights, type ParameterSpec } from "./binding.js";
export { bindModel } from "./bind-model.js";
export { nearestName } from "./nearest-name.js";
export { inspectWeights, type WeightFinding } from "./inspect-weights.js";
export { FormatError, HubError } from "./errors.js";
export type { DownloadProgress, HubOptions } from "./hub/settings.js";
export type { Preprocessor } from "./processor/preprocessor.js";
export type { TokenizerSettings } from "./processor/tokenizer-settings.js";
export type { Vocabulary } from "./processor/vocabulary.js";
export { readSafetensors, type Safetensors } from "./files/safetensors.js";
export {
  safetensorsBlob,
  writeSafetensors,
  type TensorData,
  type TensorToWrite,
} from "./files/write-safetensors.js";
export { readNpy } from "./files/npy.js";
export { openLocalFile } from "./files/local-file.js";
export { blobAccess, bytesAccess, type RandomAccess } from "./files/random-access.js";
