export {
  createEmotionRecognizer,
  type Emotion,
  type EmotionPiece,
  type EmotionRecognizer,
} from "./emotion-recognizer.js";
