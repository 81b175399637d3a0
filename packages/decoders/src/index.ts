export {
  lastTime,
  spansOf,
  timedTextOf,
  type SpokenSpan,
  type TimedCharacter,
  type TimedLevel,
  type TimedSegment,
  type TimedSpan,
  type TimedText,
  type TimedWord,
} from "./timed-text.js";
export { makeCues, type Cue, type CueLine } from "./formats/cues.js";
export { FormatError, type Format, type ParseOptions, type RenderOptions } from "./formats/format.js";
export { formats, type FormatName } from "./formats/formats.js";
export { parseTextGrid, timedTextOfTiers, type TextGridTier } from "./formats/textgrid-parse.js";
export { alignEdits, type Edit } from "./metrics/align-edits.js";
export {
  boundaryDifferences,
  boundaryErrors,
  type BoundaryDifferences,
  type BoundaryErrors,
  type Marked,
} from "./metrics/boundary-errors.js";
export {
  characterErrorRate,
  compareTexts,
  compareTokens,
  confusions,
  countEdits,
  errorRates,
  splitText,
  wordErrorRate,
  type ComparedPair,
  type Confusion,
  type ErrorCounts,
  type ErrorRates,
  type TextPair,
  type TextUnit,
} from "./metrics/error-rates.js";
export { AlignError, type AlignProblem } from "./align/align-error.js";
export { createAligner, type Aligner, type Alignment, type AlignOptions } from "./align/align.js";
export type { KernelName } from "./align/kernels.js";
export {
  joinWindows,
  splitBatch,
  type EmissionSource,
  type EmissionWindow,
} from "./align/emission-source.js";
export { scoreOfSpans, type AlignedSpan, type GroupScore } from "./align/spans.js";
export { STAR, type OptionalText, type StarPolicy } from "./align/targets.js";
export { stateOccupancy, type StateOccupancy } from "./align/forward-backward.js";
export { divideByPriors, labelPriors } from "./align/label-priors.js";
export { spreadTimes, spreadWords, type SpreadOptions } from "./align/spread-times.js";
export { symbolCurves, type SymbolCurve } from "./align/symbol-curves.js";
export {
  expectedTimes,
  fitShift,
  interpolateTimes,
  quantileTimes,
  shiftTimes,
  timesOfPath,
  type SymbolTimes,
} from "./align/times.js";
export {
  createBeamDecoder,
  decodeBeam,
  decodeBeamAsync,
  type BeamDecoder,
  type Hypothesis,
  type SavedBeam,
} from "./ctc/beam.js";
export {
  BeamOptionError,
  type BeamOptions,
  type LexiconLanguage,
  type NeuralLanguage,
  type SymbolLanguage,
  type WordLanguage,
} from "./ctc/beam-options.js";
export { checkEmissions, EmissionsError, normaliseEmissions, type Emissions } from "./ctc/emissions.js";
export { frameClock, type FrameClock } from "./ctc/frame-clock.js";
export { decodeGreedy, type GreedyResult } from "./ctc/greedy.js";
export type { Hotword } from "./ctc/hotword-tracker.js";
export type { NeuralLanguageModel } from "./ctc/neural-fusion.js";
export {
  flashlightOptions,
  pyctcdecodeOptions,
  type FlashlightOptions,
  type PyctcdecodeOptions,
} from "./ctc/presets.js";
export {
  collapsePath,
  textOf,
  wordOf,
  wordsOf,
  type CharacterSpan,
  type DecodedSymbol,
  type SpecialSymbols,
  type WordSpan,
} from "./ctc/spans.js";
export { tune, type Trial, type TuneOptions, type TuningClip } from "./ctc/tune.js";
export {
  createVocabulary,
  spellWord,
  VocabularyError,
  type TokenRoles,
  type Vocabulary,
} from "./ctc/vocabulary.js";
export { parseArpa, readArpa, type ByteChunks } from "./lm/arpa.js";
export { writeArpa } from "./lm/arpa-write.js";
export type { ByteSource } from "./lm/byte-source.js";
export { estimateNgrams, type Discounts, type Estimate, type EstimateOptions } from "./lm/estimate.js";
export { openKenlm, type KenlmModel, type KenlmOptions } from "./lm/kenlm-model.js";
export {
  buildLexicon,
  LexiconError,
  parseLexicon,
  type Lexicon,
  type Smearing,
  type Spelling,
} from "./lm/lexicon.js";
export {
  LanguageModelError,
  perplexity,
  scoreSentence,
  type NgramModel,
  type SentenceScore,
} from "./lm/model.js";
export { openNgrams, writeNgrams } from "./lm/ngram-file.js";
export type { RunStore } from "./lm/ngram-runs.js";
export type { NgramTable } from "./lm/ngram-table.js";
export { linesOf, openLanguageModel } from "./lm/open-model.js";
export { readProcessorFolder, type FolderAccess, type ProcessorDecoder } from "./lm/processor-folder.js";
