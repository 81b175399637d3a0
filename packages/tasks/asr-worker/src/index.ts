export {
  connectRecognizer,
  type ConnectOptions,
  type HearOptions,
  type LiveSession,
  type WorkerRecognizer,
} from "./connect.js";
export type {
  Heard,
  LiveUpdate,
  OpenedModel,
  OpenRequest,
  PageAudio,
  TranscribeRequest,
} from "./protocol.js";
