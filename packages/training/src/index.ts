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
export { clipScale, globalNorm, gradientSumGraph } from "./gradient-norm.js";
export { trainingGraph, type TrainingGraph, type TrainingGraphOptions } from "./training-graph.js";
export { augment, type Augmentation } from "./data/augment.js";
export { mixNoise, type NoiseLevel } from "./data/mix-noise.js";
export { ctcFeeds, type CtcFeeds } from "./ctc-feeds.js";
export { ctcGraph, type CtcGraph } from "./ctc-graph.js";
export type { CtcTargets } from "./ctc-targets.js";
export { initialWeights } from "./initial-weights.js";
export {
  createTrainer,
  DivergedError,
  type OptimizerSettings,
  type Stage,
  type Trainer,
  type TrainerOptions,
  type Update,
} from "./trainer/trainer.js";
export type { GradientStep, HostTensors, StepResult, Tensors } from "./trainer/gradient-step.js";
export type { CompiledReplicas, ReplicatedProgram, Replicas, Sharing } from "./trainer/replicas.js";
export { ctcStep, ctcTrainingValues, type CtcRecipe, type CtcTrainingBatch } from "./trainer/ctc-step.js";
export {
  ctcEvaluator,
  type CtcEvaluation,
  type CtcEvaluationBatch,
  type CtcEvaluator,
} from "./trainer/ctc-evaluation.js";
export {
  pretrainingEvaluator,
  pretrainingStep,
  type PretrainingBatch,
  type PretrainingRecipe,
} from "./trainer/pretraining-step.js";
