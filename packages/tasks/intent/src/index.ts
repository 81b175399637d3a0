export type { Grammar } from "./grammar.js";
export {
  createIntentClassifier,
  type Intent,
  type IntentClassifier,
  type IntentPiece,
} from "./intent-classifier.js";
export { IntentError } from "./intent-error.js";
export {
  searchKeywords,
  type KeywordHit,
  type KeywordMeaning,
  type KeywordOptions,
} from "./keyword-search.js";
export type { Rows } from "./keyword-scores.js";
export { createKeywordSpotter, type KeywordSpotter } from "./keyword-spotter.js";
export { searchSentence, type Command } from "./sentence-search.js";
export { fillSlots, valuesOf, type FilledSlots, type SlotHit, type SlotValues } from "./slots.js";
export { spotCommands, type SpotOptions, type SpottedCommand } from "./spot-commands.js";
