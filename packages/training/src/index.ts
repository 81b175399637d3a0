export { LabelError } from "./errors.js";
export { ctcLoss, type CtcBatch, type CtcLoss, type CtcOptions } from "./ctc-loss.js";
export {
  binaryCrossEntropy,
  crossEntropy,
  type CrossEntropyOptions,
  type Reduction,
} from "./cross-entropy.js";
export { cosines, marginLogits } from "./margin-softmax.js";
export { concordanceLoss, squaredError } from "./regression-losses.js";
export {
  pretrainingObjective,
  type ObjectiveOptions,
  type PretrainingObjective,
} from "./pretraining-objective.js";
export { createRandom, type Random, type RandomState } from "./random.js";
export {
  fairseqSpanMask,
  huggingFaceSpanMask,
  maskedPositions,
  type SpanMask,
  type SpanMaskOptions,
} from "./span-masks.js";
export { gumbelNoise, sampleNegatives } from "./negatives.js";
export { createDropout, layerDrop, sampleLayerKeeps, type Dropout, type Feeds } from "./dropout.js";
export { regularise, type RegularisationRates } from "./regularisation.js";
export {
  cosineSchedule,
  latentTemperature,
  linearSchedule,
  polynomial,
  triStage,
  type Schedule,
  type ScheduleOptions,
  type TriStageOptions,
} from "./schedules.js";
export {
  adamCoefficients,
  adamGraph,
  averageGraph,
  type AdamSettings,
  type TrainedParameter,
} from "./optimizer.js";
export { accumulate, clipScale, globalNorm } from "./gradient-norm.js";
export { trainingGraph, type TrainingGraph, type TrainingGraphOptions } from "./training-graph.js";
export { splitGraph, type SplitGraph } from "./split-graph.js";
export { initialWeights } from "./initial-weights.js";
