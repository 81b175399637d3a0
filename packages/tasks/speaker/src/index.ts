export {
  bayesThreshold,
  calibrateScores,
  chooseThreshold,
  logLikelihoodRatio,
  requireSameScores,
  type ScoreCalibration,
} from "./calibration.js";
export { clusterEmbeddings, type GroupCount } from "./diarization/cluster.js";
export { diarizeByClustering, type ClusterDiarizationOptions } from "./diarization/cluster-diarizer.js";
export {
  createFrameDiarizer,
  type FrameDiarizationOptions,
  type FrameDiarizer,
  type SpeakerActivity,
} from "./diarization/frame-diarizer.js";
export { parseRttm, renderRttm, RttmError } from "./diarization/rttm.js";
export { assignSpeakers } from "./diarization/speaker-words.js";
export { speechActivity, type SpeechActivityOptions } from "./diarization/speech-activity.js";
export {
  identifySpeaker,
  type Identification,
  type IdentifyOptions,
  type KnownSpeaker,
  type SpeakerScore,
} from "./identification.js";
export { createScoreNorm, type ScoreNorm, type ScoreNormSettings } from "./score-norm.js";
export {
  createSpeakerEmbedder,
  type SpeakerEmbedder,
  type Verification,
  type VerifyOptions,
} from "./speaker-embedder.js";
export { cosineSimilarity, meanEmbedding, type OfModel, type SpeakerEmbedding } from "./speaker-embedding.js";
export { SpeakerError } from "./speaker-error.js";
