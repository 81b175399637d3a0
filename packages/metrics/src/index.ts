export { bootstrapInterval, type BootstrapOptions, type MeasuredInterval } from "./bootstrap.js";
export { calibration, type Answer, type Calibration, type ReliabilityBin } from "./calibration.js";
export {
  classificationScores,
  confusionMatrix,
  type ClassificationScores,
  type ClassScores,
  type ConfusionMatrix,
} from "./classification.js";
export { concordanceCorrelation, pearsonCorrelation } from "./concordance.js";
export {
  actualDetectionCost,
  areaUnderCurve,
  equalErrorRate,
  logLikelihoodRatioCost,
  minimumDetectionCost,
  operatingPoints,
  type DetectionCosts,
  type OperatingPoint,
  type Trial,
} from "./detection.js";
export {
  diarizationErrors,
  sumDiarizationErrors,
  type DiarizationErrors,
  type DiarizationScoring,
  type SpeakerTurn,
  type TimeSpan,
} from "./diarization.js";
export { confusionMatrixSvg } from "./figures/confusion-matrix-svg.js";
export { detCurveSvg, type DetSeries } from "./figures/det-curve-svg.js";
export { MetricsError } from "./metrics-error.js";
