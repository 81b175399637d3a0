// A voice as a vector, and how alike two are.
import { SpeakerError } from "./speaker-error.js";

/** A voice as a vector. */
export interface SpeakerEmbedding {
  readonly values: Float32Array;
  /** The model that made it, as it was opened; for people. */
  readonly model: string;
  /** Tells models apart wherever they lie; embeddings with different ones cannot be compared. */
  readonly fingerprint: string;
}

/**
 * Cosine of two embeddings, -1 to 1; 0 if one of them is all zeros.
 *
 * @throws SpeakerError if they are of different models
 */
export function cosineSimilarity(a: SpeakerEmbedding, b: SpeakerEmbedding): number {
  requireOneModel("cosineSimilarity", a, b);
  let [product, squaresA, squaresB] = [0, 0, 0];
  a.values.forEach((x, i) => {
    const y = b.values[i]!;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  });
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}

/**
 * One embedding of several of one voice: the mean of their directions, of length 1.
 *
 * @throws SpeakerError without embeddings, or if they are of different models
 */
export function meanEmbedding(embeddings: readonly SpeakerEmbedding[]): SpeakerEmbedding {
  const [first] = embeddings;
  if (!first) throw new SpeakerError("meanEmbedding: got no embeddings; expected at least one");
  const values = new Float32Array(first.values.length);
  for (const embedding of embeddings) {
    requireOneModel("meanEmbedding", first, embedding);
    unitLength(embedding.values).forEach((x, i) => (values[i]! += x / embeddings.length));
  }
  return { ...first, values: unitLength(values) };
}

/** The same direction with length 1; zeros stay. */
export function unitLength(values: Float32Array): Float32Array {
  const length = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  return length === 0 ? values : values.map((x) => x / length);
}

/** What tells of which model something is. */
export type OfModel = Pick<SpeakerEmbedding, "model" | "fingerprint"> & { readonly values?: Float32Array };

/** @throws SpeakerError if two things are of different models, or vectors of different lengths */
export function requireOneModel(where: string, a: OfModel, b: OfModel): void {
  if (a.fingerprint === b.fingerprint && a.values?.length === b.values?.length) return;
  throw new SpeakerError(
    `${where}: got embeddings of two models, ${told(a)} and ${told(b)}; expected one model for both; embed the recordings of one of them again`,
  );
}

const told = ({ model, fingerprint, values }: OfModel): string =>
  `"${model}" (${fingerprint.slice(0, 8)}${values ? `, ${values.length} values` : ""})`;
