// Who speaks: an embedding of each recording, and whether two are of one speaker.
import type { Checkpoint } from "@wav2vec/checkpoints";
import {
  defineHead,
  parseConfig,
  parseHeadConfig,
  receptiveField,
  samplesPerFrame,
  statisticsPooling,
  xvectorFrames,
  xvectorHead,
  type Backend,
  type Head,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import { openHead, type Recording } from "@wav2vec/heads";
import type { DetectionCosts } from "@wav2vec/metrics";
import {
  bayesThreshold,
  logLikelihoodRatio,
  requireSameScores,
  type ScoreCalibration,
} from "./calibration.js";
import { modelFingerprint } from "./model-fingerprint.js";
import { requireThreshold, type ScoreNorm } from "./score-norm.js";
import { cosineSimilarity, requireOneModel, type SpeakerEmbedding } from "./speaker-embedding.js";

/** Whether two recordings are of one speaker. */
export interface Verification {
  /** Cosine of the two embeddings, -1 to 1. */
  readonly similarity: number;
  /** What was decided on: the cosine, or the normalised score if there is a `scoreNorm`. */
  readonly score: number;
  /** Natural log-likelihood ratio of one speaker against two, with a calibration. */
  readonly logLikelihoodRatio?: number;
  readonly sameSpeaker: boolean;
}

/**
 * How it is decided: by a score, or by a calibration and what mistakes cost (default: both the same, one speaker as
 * likely as two). Neither has a default: both depend on the model and the recordings, see `chooseThreshold` and
 * `calibrateScores`.
 */
export type VerifyOptions = { readonly scoreNorm?: ScoreNorm } & (
  | { readonly threshold: number; readonly calibration?: undefined; readonly costs?: undefined }
  | {
      readonly calibration: ScoreCalibration;
      readonly costs?: DetectionCosts;
      readonly threshold?: undefined;
    }
);

/** A maker of speaker embeddings; dispose of it when done. */
export interface SpeakerEmbedder {
  readonly model: string;
  /** What its embeddings carry. */
  readonly fingerprint: string;
  /** Fewest samples at 16 kHz that it can judge. */
  readonly leastSamples: number;
  /** @throws AudioError if the recording cannot be read or is too short for the model's layers (a third of a second) */
  embed(recording: Recording): Promise<SpeakerEmbedding>;
  /** Several at once: one batch. */
  embedAll(recordings: readonly Recording[]): Promise<SpeakerEmbedding[]>;
  /**
   * @throws SpeakerError if an embedding is another model's, a threshold without `scoreNorm` is no cosine, or the
   *   calibration is of scores that were normalised otherwise
   */
  verify(
    a: Recording | SpeakerEmbedding,
    b: Recording | SpeakerEmbedding,
    options: VerifyOptions,
  ): Promise<Verification>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes speaker embeddings with a Hugging Face x-vector checkpoint, or with any encoder.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @param pooledLayer for a checkpoint without an x-vector head: mean and deviation over time of this hidden state,
 *   0 being the input of the first layer. Nobody trained that to tell speakers apart: expect far more errors
 * @throws ConfigError or WeightError if config and weights are no such model
 * @throws RangeError if there is no such layer
 */
export async function createSpeakerEmbedder({
  model,
  backend,
  pooledLayer,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
  readonly pooledLayer?: number;
}): Promise<SpeakerEmbedder> {
  const fewestFrames = ({ config }: Checkpoint) =>
    pooledLayer === undefined ? xvectorFrames(parseHeadConfig(config)) : 2; // two for a deviation
  const opened = await openHead<"embedding">({
    model,
    backend,
    head: ({ config }, encoder) =>
      pooledLayer === undefined ? xvectorHead(parseHeadConfig(config)) : poolingHead(encoder, pooledLayer),
    leastFrames: fewestFrames,
  });
  const { checkpoint } = opened;
  const encoder = parseConfig(checkpoint.config);
  const identity = {
    model: checkpoint.source,
    fingerprint: await modelFingerprint(
      checkpoint,
      pooledLayer === undefined ? "x-vector" : `pooled ${pooledLayer}`,
    ),
  };

  const embedAll = async (recordings: readonly Recording[]): Promise<SpeakerEmbedding[]> =>
    (await opened.run(recordings)).map(({ embedding }) => ({ values: embedding.data.slice(), ...identity }));
  const embed = async (recording: Recording): Promise<SpeakerEmbedding> => {
    const [embedding] = await embedAll([recording]);
    return embedding!; // one recording in, one answer out
  };
  const embeddingOf = async (voice: Recording | SpeakerEmbedding): Promise<SpeakerEmbedding> => {
    if (!isEmbedding(voice)) return embed(voice);
    requireOneModel("verify", { ...identity, values: voice.values }, voice);
    return voice;
  };
  return {
    ...identity,
    leastSamples: receptiveField(encoder) + (fewestFrames(checkpoint) - 1) * samplesPerFrame(encoder),
    embed,
    embedAll,
    async verify(a, b, options) {
      const { threshold, scoreNorm } = options;
      if (threshold !== undefined) requireThreshold("verify", threshold, scoreNorm);
      if (options.calibration) requireSameScores("verify", options.calibration, scoreNorm);
      const [x, y] = [await embeddingOf(a), await embeddingOf(b)];
      const similarity = cosineSimilarity(x, y);
      const score = scoreNorm ? scoreNorm.score(x, y) : similarity;
      if (options.calibration === undefined)
        return { similarity, score, sameSpeaker: score >= options.threshold };
      const ratio = logLikelihoodRatio(options.calibration, score);
      return {
        similarity,
        score,
        logLikelihoodRatio: ratio,
        sameSpeaker: ratio >= bayesThreshold(options.costs ?? {}),
      };
    },
    dispose: () => opened.dispose(),
  };
}

function poolingHead({ layers }: Wav2Vec2Config, layer: number): Head<"embedding"> {
  if (!Number.isInteger(layer) || layer < 0 || layer > layers)
    throw new RangeError(`speaker: pooledLayer is ${layer}; expected 0 to ${layers}, the model's layers`);
  return defineHead(({ hidden, frameCounts }) => ({
    embedding: statisticsPooling(hidden[layer]!, frameCounts), // as many states as layers and one
  }));
}

function isEmbedding(voice: Recording | SpeakerEmbedding): voice is SpeakerEmbedding {
  return typeof voice === "object" && "values" in voice && "fingerprint" in voice;
}
