// Scores that mean the same for every voice: symmetric normalisation against a cohort of other voices.
import { cosineSimilarity, requireOneModel, type SpeakerEmbedding } from "./speaker-embedding.js";
import { SpeakerError } from "./speaker-error.js";

/** What normalised scores depend on beside the model; scores of different settings cannot be compared. */
export interface ScoreNormSettings {
  /** Voices in the cohort. */
  readonly cohortSize: number;
  /** How many of them, the most similar, count for each embedding; all of them without adaptive s-norm. */
  readonly top: number;
}

/** Normalises scores against a cohort. */
export interface ScoreNorm extends ScoreNormSettings {
  /**
   * How far the cosine of two embeddings is above what each of them has with the cohort, in standard deviations.
   *
   * @throws SpeakerError if an embedding is of another model
   */
  score(a: SpeakerEmbedding, b: SpeakerEmbedding): number;
}

/**
 * S-norm: the mean of (s - mean_a) / deviation_a and (s - mean_b) / deviation_b, where mean and deviation are those of
 * an embedding's cosines with the cohort.
 *
 * @param cohort embeddings of many speakers, none of whom will be compared, recorded as those who will be
 * @param options.top adaptive s-norm: only the so many most similar voices of the cohort count for each embedding,
 *   e.g. 200 to 400. Default: all
 * @throws SpeakerError if the cohort has fewer than two voices, or is of several models
 * @see Kenny 2010 (s-norm); Matějka et al. 2017, "Analysis of Score Normalization in Multilingual Speaker Recognition"
 */
export function createScoreNorm(
  cohort: readonly SpeakerEmbedding[],
  { top = cohort.length }: { readonly top?: number } = {},
): ScoreNorm {
  const [first] = cohort;
  if (!first || cohort.length < 2)
    throw new SpeakerError(`score norm: the cohort has ${cohort.length} voices; expected at least two`);
  for (const voice of cohort) requireOneModel("score norm", first, voice);
  if (!Number.isInteger(top) || top < 2)
    throw new SpeakerError(`score norm: top is ${top}; expected a whole number of at least 2`);

  const known = new WeakMap<SpeakerEmbedding, Statistics>();
  const statisticsOf = (voice: SpeakerEmbedding): Statistics => {
    const found = known.get(voice);
    if (found) return found;
    const scores = cohort.map((other) => cosineSimilarity(voice, other)).sort((a, b) => b - a);
    const statistics = meanAndDeviation(scores.slice(0, top));
    known.set(voice, statistics);
    return statistics;
  };
  return {
    cohortSize: cohort.length,
    top: Math.min(top, cohort.length),
    score(a, b) {
      const similarity = cosineSimilarity(a, b);
      const [x, y] = [statisticsOf(a), statisticsOf(b)];
      return ((similarity - x.mean) / x.deviation + (similarity - y.mean) / y.deviation) / 2;
    },
  };
}

/** @throws SpeakerError if a threshold is none of scores that are cosines, or normalised */
export function requireThreshold(where: string, threshold: number, scoreNorm: ScoreNorm | undefined): void {
  if (scoreNorm ? Number.isFinite(threshold) : threshold >= -1 && threshold <= 1) return;
  const expected = scoreNorm
    ? "a finite number"
    : "a cosine from -1 to 1; one of normalised scores needs the cohort that it was chosen with";
  throw new SpeakerError(`${where}: threshold is ${threshold}; expected ${expected}`);
}

interface Statistics {
  readonly mean: number;
  readonly deviation: number;
}

function meanAndDeviation(values: readonly number[]): Statistics {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  if (deviation > 0) return { mean, deviation };
  throw new SpeakerError(
    `score norm: all ${values.length} voices of the cohort score ${mean} alike; expected different voices; is one voice in it several times?`,
  );
}
