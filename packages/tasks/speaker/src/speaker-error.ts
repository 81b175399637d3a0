// What cannot be compared.

/** Embeddings of different models, or a threshold that is no cosine. */
export class SpeakerError extends Error {
  override name = "SpeakerError";
}
