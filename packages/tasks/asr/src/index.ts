export { acousticModel, type AcousticModel } from "./acoustic-model.js";
export { describeModel, type ModelDescription } from "./describe-model.js";
export {
  createRecognizer,
  type Outcome,
  type Recognizer,
  type Recording,
  type TranscribeOptions,
  type TranscribeProgress,
} from "./recognizer.js";
export { segmentsOf, type SegmentOptions } from "./segments.js";
export type { BeamSettings } from "./transcribers.js";
export type { Alternative, Transcript } from "./transcript.js";
export { vocabularyOf } from "./vocabulary.js";
