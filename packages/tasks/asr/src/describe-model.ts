// What a checkpoint is, in words and numbers, with everything odd about it.
import { bindWeights, inspectWeights, type Checkpoint } from "@wav2vec/checkpoints";
import {
  parseConfig,
  receptiveField,
  samplesPerFrame,
  WeightError,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import type { Vocabulary } from "@wav2vec/decoders";
import { ctcParams, encoderParams } from "./acoustic-model.js";
import { vocabularyOf } from "./vocabulary.js";

/** What a person wants to know of a model before using it. */
export interface ModelDescription {
  readonly source: string;
  readonly files: readonly string[];
  readonly format: string;
  readonly architecture: string;
  readonly encoder: string;
  readonly context: string;
  /** Numbers in the weights that the model uses; weight norm counts as it is stored. */
  readonly parameters: number;
  readonly vocabulary: string;
  readonly normalises: boolean;
  readonly maskRule: string;
  readonly license: string | undefined;
  readonly languages: readonly string[];
  readonly oddities: readonly string[];
}

/**
 * Describes a checkpoint; reads every weight once to look for NaN and infinity.
 *
 * @throws ConfigError if it is no wav2vec 2.0 model
 */
export async function describeModel(checkpoint: Checkpoint): Promise<ModelDescription> {
  const config = parseConfig(checkpoint.config);
  const hasHead = checkpoint.weights.has("lm_head.weight");
  const { used, problems } = bindAll(checkpoint, config, hasHead);
  const vocabulary = hasHead ? tryVocabulary(checkpoint, config) : undefined;
  const findings = await inspectWeights(checkpoint);
  return {
    source: checkpoint.source,
    files: checkpoint.files,
    format: checkpoint.format,
    architecture: `${config.architectures[0] ?? config.modelType} (${config.preNorm ? "pre-norm" : "post-norm"})`,
    encoder: `${describeFrontEnd(config)}, a frame each ${samplesPerFrame(config) / 16} ms that sees ${receptiveField(config) / 16} ms`,
    context: describeContext(config),
    parameters: used,
    vocabulary: describeVocabulary(vocabulary),
    normalises: checkpoint.preprocessor?.doNormalize ?? true,
    maskRule: maskRule(config),
    license: checkpoint.license,
    languages: [...checkpoint.languages.keys()],
    oddities: [
      ...checkpoint.notes,
      ...problems,
      ...(typeof vocabulary === "string"
        ? [vocabulary]
        : vocabulary
          ? vocabularyOddities(checkpoint, vocabulary)
          : []),
      ...(checkpoint.preprocessor ? [] : ["no preprocessor_config.json; clips are normalised"]),
      ...findings.map(
        ({ key, nanCount, infinityCount }) =>
          `weight "${key}" has ${nanCount} NaN and ${infinityCount} infinite values`,
      ),
    ],
  };
}

function describeFrontEnd({ filterBanks, convLayers, featureNorm }: Wav2Vec2Config): string {
  if (filterBanks) return `${filterBanks.bins} filter banks of 25 ms, ${filterBanks.stacked} stacked`;
  const channels = [...new Set(convLayers.map(({ dim }) => dim))].join(", ");
  return `${convLayers.length} convolutions of ${channels} channels, ${featureNorm} norm`;
}

const DISTANCES = {
  gatedBuckets: "gated distance buckets",
  rotary: "rotary positions",
  sinusoids: "relative positions",
  clipped: "clipped relative positions",
};

function describeContext(config: Wav2Vec2Config): string {
  const { conformer, layers, hiddenSize, heads, distance, attentionAdapterDim, convAdapter } = config;
  return [
    `${layers} ${conformer ? "Conformer layers" : "layers"} of ${hiddenSize}`,
    `${heads} heads`,
    ...(distance ? [DISTANCES[distance.kind]] : []),
    ...(attentionAdapterDim === undefined ? [] : [`attention adapters of ${attentionAdapterDim}`]),
    ...(convAdapter ? [`${convAdapter.layers} convolutional adapters`] : []),
  ].join(", ");
}

/** How padding is kept from changing results; peers' rule for group norm (no mask) makes them depend on it. */
function maskRule({ featureNorm }: Wav2Vec2Config): string {
  return featureNorm === "layer"
    ? "attention mask over padding"
    : "trained without a mask; batches of unequal clips take norm statistics over valid samples, so that a clip gives the same alone and in a batch";
}

function bindAll(
  checkpoint: Checkpoint,
  config: Wav2Vec2Config,
  hasHead: boolean,
): { used: number; problems: string[] } {
  try {
    const bound = bindWeights(hasHead ? ctcParams(config) : encoderParams(config), checkpoint, {
      ignore: [/^/],
    });
    const used = [...bound.weights.values()].reduce(
      (sum, { shape }) => sum + shape.reduce((n, dim) => n * dim, 1),
      0,
    );
    return { used, problems: bound.unused.map((key) => `weight "${key}" is not used for recognition`) };
  } catch (error) {
    if (error instanceof WeightError)
      return { used: 0, problems: error.problems.map(({ detail }) => `weights: ${detail}`) };
    throw error;
  }
}

function tryVocabulary(checkpoint: Checkpoint, config: Wav2Vec2Config): Vocabulary | string {
  try {
    return vocabularyOf(checkpoint, config);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function describeVocabulary(vocabulary: Vocabulary | string | undefined): string {
  if (vocabulary === undefined) return "none: the model has no CTC head";
  if (typeof vocabulary === "string") return "unusable, see below";
  const { tokens, blank, wordDelimiter } = vocabulary;
  const words =
    wordDelimiter === undefined
      ? "no word delimiter"
      : `words end at ${JSON.stringify(tokens[wordDelimiter])}`;
  return `${tokens.length} symbols, blank ${JSON.stringify(tokens[blank])} (${blank}), ${words}`;
}

function vocabularyOddities(
  { vocabulary, tokenizer }: Checkpoint,
  { tokens, blank, wordDelimiter }: Vocabulary,
): string[] {
  const oddities: string[] = [];
  if (tokens[blank] !== tokenizer.padToken)
    oddities.push(
      `the blank is ${JSON.stringify(tokens[blank])}, not the padding symbol ${tokenizer.padToken}`,
    );
  if (wordDelimiter === undefined) oddities.push("no word delimiter: the text comes out as one word");
  const extra = (vocabulary?.tokens.length ?? 0) - tokens.length;
  if (extra > 0)
    oddities.push(`the vocabulary lists ${extra} symbols past the head's outputs; they are never output`);
  if (vocabulary && vocabulary.holes.length > 0)
    oddities.push(`no symbol has the ids ${vocabulary.holes.join(", ")}`);
  return oddities;
}
