// Who speaks: an x-vector of each recording, and whether two are of one speaker.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { parseHeadConfig, xvectorFrames, xvectorHead, type Backend } from "@wav2vec/core";
import { openHead, type Recording } from "@wav2vec/heads";
import { SpeakerError } from "./speaker-error.js";

/** A voice as a vector. */
export interface SpeakerEmbedding {
  readonly values: Float32Array;
  /** The model that made it; embeddings of different models cannot be compared. */
  readonly model: string;
}

/** Whether two recordings are of one speaker. */
export interface Verification {
  /** Cosine of the two embeddings, -1 to 1. */
  readonly similarity: number;
  readonly sameSpeaker: boolean;
}

/** A maker of speaker embeddings; dispose of it when done. */
export interface SpeakerEmbedder {
  /** @throws AudioError if the recording cannot be read or is too short for the model's layers (a third of a second) */
  embed(recording: Recording): Promise<SpeakerEmbedding>;
  /**
   * @param threshold least similarity that counts as the same speaker. It depends on model and recordings: choose it on
   *   pairs whose speakers are known
   * @throws SpeakerError if an embedding is another model's, or the threshold is no cosine
   */
  verify(
    a: Recording | SpeakerEmbedding,
    b: Recording | SpeakerEmbedding,
    options: { readonly threshold: number },
  ): Promise<Verification>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes speaker embeddings with a Hugging Face x-vector checkpoint.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function createSpeakerEmbedder({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<SpeakerEmbedder> {
  const opened = await openHead({
    model,
    backend,
    head: ({ config }) => xvectorHead(parseHeadConfig(config)),
    leastFrames: ({ config }) => xvectorFrames(parseHeadConfig(config)),
  });
  const name = opened.checkpoint.source;

  async function embed(recording: Recording): Promise<SpeakerEmbedding> {
    const [outputs] = await opened.run([recording]);
    return { values: outputs!.embedding.data.slice(), model: name }; // one recording in, one answer out
  }
  const embeddingOf = async (voice: Recording | SpeakerEmbedding): Promise<SpeakerEmbedding> => {
    if (!isEmbedding(voice)) return embed(voice);
    if (voice.model === name) return voice;
    throw new SpeakerError(
      `verify: the embedding is of "${voice.model}", this model is "${name}"; expected one model for both; embed the recording again`,
    );
  };
  return {
    embed,
    async verify(a, b, { threshold }) {
      if (!(threshold >= -1 && threshold <= 1))
        throw new SpeakerError(`verify: threshold is ${threshold}; expected a cosine from -1 to 1`);
      const similarity = cosineSimilarity(await embeddingOf(a), await embeddingOf(b));
      return { similarity, sameSpeaker: similarity >= threshold };
    },
    dispose: () => opened.dispose(),
  };
}

/**
 * Cosine of two embeddings, -1 to 1.
 *
 * @throws SpeakerError if they are of different models
 */
export function cosineSimilarity(a: SpeakerEmbedding, b: SpeakerEmbedding): number {
  if (a.model !== b.model || a.values.length !== b.values.length) {
    throw new SpeakerError(
      `cosineSimilarity: got embeddings of "${a.model}" (${a.values.length} values) and "${b.model}" (${b.values.length}); expected one model for both`,
    );
  }
  let [product, squaresA, squaresB] = [0, 0, 0];
  a.values.forEach((x, i) => {
    const y = b.values[i]!;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  });
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}

function isEmbedding(voice: Recording | SpeakerEmbedding): voice is SpeakerEmbedding {
  return typeof voice === "object" && "values" in voice && "model" in voice;
}
