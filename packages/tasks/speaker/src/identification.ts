// Who of several known speakers it is, or none of them.
import { requireThreshold, type ScoreNorm } from "./score-norm.js";
import { cosineSimilarity, type SpeakerEmbedding } from "./speaker-embedding.js";
import { SpeakerError } from "./speaker-error.js";

/** Someone whose voice is known. */
export interface KnownSpeaker {
  readonly name: string;
  readonly embedding: SpeakerEmbedding;
}

/** One candidate. */
export interface SpeakerScore {
  readonly name: string;
  /** Cosine, or the normalised score if there is a `scoreNorm`. */
  readonly score: number;
}

/** Who it is. */
export interface Identification {
  /** The best candidate; undefined if its score is below the threshold: nobody known. */
  readonly speaker: string | undefined;
  /** Everyone, most alike first. */
  readonly ranking: readonly SpeakerScore[];
}

/** How candidates are judged. */
export interface IdentifyOptions {
  /** Least score of someone known (open set). Default: one of them it must be (closed set). */
  readonly threshold?: number;
  readonly scoreNorm?: ScoreNorm;
}

/**
 * Compares a voice with those of known speakers.
 *
 * @throws SpeakerError if nobody is known, a name repeats, a threshold without `scoreNorm` is no cosine, or embeddings are
 *   of different models
 */
export function identifySpeaker(
  embedding: SpeakerEmbedding,
  known: readonly KnownSpeaker[],
  { threshold, scoreNorm }: IdentifyOptions = {},
): Identification {
  const names = known.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (known.length === 0) throw new SpeakerError("identify: nobody is known; enrol at least one speaker");
  if (repeated !== undefined)
    throw new SpeakerError(
      `identify: "${repeated}" is known twice; expected one embedding a speaker; join them with meanEmbedding`,
    );
  if (threshold !== undefined) requireThreshold("identify", threshold, scoreNorm);
  const scoreOf = scoreNorm?.score ?? cosineSimilarity;
  const ranking = known
    .map(({ name, embedding: other }) => ({ name, score: scoreOf(embedding, other) }))
    .sort((a, b) => b.score - a.score);
  const [best] = ranking;
  return { speaker: best && best.score >= (threshold ?? -Infinity) ? best.name : undefined, ranking };
}
