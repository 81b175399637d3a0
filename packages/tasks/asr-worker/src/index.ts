export {
  connectRecognizer,
  type ConnectOptions,
  type HearOptions,
  type WorkerRecognizer,
} from "./connect.js";
export type { LiveSession } from "./page-live.js";
export type { PageLesson, TrainOptions } from "./teaching/page-lesson.js";
export type {
  Comparison,
  Heard,
  LabelledClip,
  LessonOptions,
  LessonUpdate,
  LiveUpdate,
  OpenedModel,
  OpenRequest,
  PageAudio,
  TranscribeRequest,
} from "./protocol.js";
