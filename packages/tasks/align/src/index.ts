export { alignEmissions, type AlignTextOptions, type EmissionMeaning } from "./align-emissions.js";
export type { AlignedCharacter, AlignedSegment, AlignedText, AlignedWord } from "./aligned-text.js";
export {
  createAligner,
  type Aligner,
  type AlignJob,
  type AlignOptions,
  type AlignOutcome,
} from "./aligner.js";
export type { Freedoms } from "./lay-out-text.js";
export {
  prepareText,
  TextError,
  type PreparedSegment,
  type PreparedText,
  type PreparedUnit,
  type PreparedWord,
  type PrepareOptions,
} from "./text/prepare-text.js";
export type { SegmentUnit } from "./text/split-text.js";
