export { openEncoder, type ClipFeatures, type OpenEncoder } from "./open-encoder.js";
export { openHead, type OpenHead, type OpenHeadOptions, type PieceOutputs } from "./open-head.js";
export {
  headsOn,
  openHeads,
  type FeatureHeads,
  type HeadSource,
  type HeadsOutputs,
  type OpenHeads,
} from "./open-heads.js";
export { openUnits, type ClipUnits, type OpenUnits } from "./open-units.js";
export { rankedScores, sigmoid, softmax, type Score } from "./probabilities.js";
export { problemTypeOf, type ProblemType } from "./problem-type.js";
export {
  isSilent,
  piecesOf,
  readClip,
  type Piece,
  type Recording,
  type TimelineOptions,
} from "./recording.js";
