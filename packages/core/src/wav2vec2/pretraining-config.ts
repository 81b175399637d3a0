// What only pre-training needs of a config.json: the quantiser's size and the objective's numbers.
import { ConfigError, readFields } from "./config-fields.js";

/** Sizes of the product quantiser and numbers of the contrastive task. */
export interface PretrainingConfig {
  /** Codebooks that are chosen from side by side. */
  readonly groups: number;
  /** Codes of each codebook. */
  readonly codes: number;
  /** Width of the joined codes q, a multiple of `groups`. */
  readonly codeDim: number;
  /** Width in which context and targets are compared. */
  readonly projectionDim: number;
  /** Divides the cosines. */
  readonly temperature: number;
  /** Distractors of each masked frame. */
  readonly negatives: number;
  readonly diversityWeight: number;
}

/**
 * Reads a Hugging Face config.json; absent fields have the defaults of transformers' Wav2Vec2Config.
 *
 * @throws ConfigError that names the field, what it holds and what was expected
 */
export function parsePretrainingConfig(json: unknown): PretrainingConfig {
  const fields = readFields(json);
  const config = {
    groups: fields.integer("num_codevector_groups", 2),
    codes: fields.integer("num_codevectors_per_group", 320),
    codeDim: fields.integer("codevector_dim", 256),
    projectionDim: fields.integer("proj_codevector_dim", 256),
    temperature: fields.number("contrastive_logits_temperature", 0.1, { min: 1e-6, max: 1e6 }),
    negatives: fields.integer("num_negatives", 100),
    diversityWeight: fields.number("diversity_loss_weight", 0.1, { min: 0, max: 1e6 }),
  };
  if (config.codeDim % config.groups !== 0) {
    throw new ConfigError(
      "codevector_dim",
      `config: codevector_dim is ${config.codeDim}; expected a multiple of num_codevector_groups, ${config.groups}`,
    );
  }
  return config;
}
