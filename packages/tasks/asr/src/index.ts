export { acousticModel, type AcousticModel } from "./acoustic-model.js";
export { describeModel, type ModelDescription } from "./describe-model.js";
export type { ChoiceScope, ChooseLanguage, LanguageChoice } from "./language-choice.js";
export { languagesOf, type MultilingualModel } from "./multilingual-model.js";
export { recogniseEach, type HeardWindow, type Listener, type Source } from "./recognise-each.js";
export {
  createRecognizer,
  type Outcome,
  type Recognizer,
  sourceOf,
  type Recording,
  type TranscribeOptions,
  type TranscribeProgress,
  type WorkOptions,
} from "./recognizer.js";
export { segmentsOf, type SegmentOptions } from "./segments.js";
export { transcriberOf, type BeamSettings, type EmissionMeaning, type Transcriber } from "./transcribers.js";
export type { Alternative, SpokenLanguage, Transcript } from "./transcript.js";
export { vocabularyOf } from "./vocabulary.js";
