// What cannot be understood: labels, groups, keywords and slots that do not fit.

/** Groups that do not fit a checkpoint's labels, unknown labels, keywords that a vocabulary cannot spell, empty slots. */
export class IntentError extends Error {
  override name = "IntentError";
}
