// What cannot be compared, kept or told apart.

/** Embeddings of different models, impossible thresholds, an enrolment store that is damaged or of another model. */
export class SpeakerError extends Error {
  override name = "SpeakerError";
}
