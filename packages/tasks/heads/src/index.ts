export { openHead, type OpenHead, type OpenHeadOptions, type PieceOutputs } from "./open-head.js";
export { rankedScores, type Score } from "./probabilities.js";
export type { Recording, TimelineOptions } from "./recording.js";
