export { openHead, type OpenHead, type OpenHeadOptions, type PieceOutputs } from "./open-head.js";
export { rankedScores, type Score } from "./probabilities.js";
export {
  isSilent,
  piecesOf,
  readClip,
  type Piece,
  type Recording,
  type TimelineOptions,
} from "./recording.js";
