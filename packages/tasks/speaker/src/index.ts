export {
  cosineSimilarity,
  createSpeakerEmbedder,
  type SpeakerEmbedder,
  type SpeakerEmbedding,
  type Verification,
} from "./speaker-embedder.js";
export { SpeakerError } from "./speaker-error.js";
