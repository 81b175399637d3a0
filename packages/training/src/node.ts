// What trains from files, for Node: configurations, data sets, runs. The mathematics is in index.ts.
export { configSchema, fromFolder, parseClassificationConfig, parseCtcConfig, parsePretrainingRunConfig, parseProbeConfig, TrainingConfigError } from "./config/parse-config.js"; // prettier-ignore
export type { ClassificationConfig } from "./config/classification-config.js";
export type { ProbeConfig, ProbeTask } from "./config/probe-config.js";
export type { CtcConfig } from "./config/ctc-config.js";
export type { PretrainingRunConfig } from "./config/pretraining-config.js";
export { DataError, type Entry } from "./data/entry.js";
export { readEntries, type DataSource } from "./data/read-entries.js";
export { openClips, type Clip, type ClipRequirements, type Clips } from "./data/clips.js";
export {
  countDefects,
  DefectError,
  DEFECTS,
  type Defect,
  type DefectKind,
  type DefectPolicy,
} from "./data/defects.js";
export { buildVocabulary, countCharacters, SPECIAL_TOKENS, type TextRules } from "./data/labels.js";
export { trainCtc, type RunOptions } from "./run/train-ctc.js";
export { trainPretraining } from "./run/train-pretraining.js";
export { trainClassification, type ClassificationRunOptions } from "./classification/train-classification.js";
export {
  describeClassificationRun,
  describeCtcRun,
  describePretrainingRun,
  type RunDescription,
} from "./run/describe-run.js";
export {
  judgeCollapse,
  type CodeSizes,
  type CollapseSigns,
  type CollapseVerdict,
} from "./run/collapse-monitor.js";
export { replicaThreads } from "./run/replica-threads.js";
export { serveReplica } from "./run/serve-replica.js";
export { writeReport } from "./report/write-report.js";
export { TrainingError, type MonitorEvent, type TrainingEvent, type TrainingResult } from "./run/events.js";
export {
  PROBED,
  runProbe,
  type Probed,
  type ProbeOptions,
  type ProbeResult,
} from "./classification/run-probe.js";
export { keptRecordings } from "./classification/kept-recordings.js";
