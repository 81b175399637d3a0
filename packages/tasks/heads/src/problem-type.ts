// What kind of answer a head was trained to give, as transformers writes it into config.json.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { ConfigError } from "@wav2vec/core";

/** One label is right, each label is right or not by itself, or outputs are numbers. */
export type ProblemType = (typeof PROBLEM_TYPES)[number];

const PROBLEM_TYPES = ["single_label_classification", "multi_label_classification", "regression"] as const;

/**
 * Reads `problem_type`, which decides whether logits become probabilities by softmax, by sigmoid, or not at all.
 *
 * @returns undefined if the config does not say, as those of most published classifiers
 * @throws ConfigError if it is another word
 */
export function problemTypeOf({ config }: Pick<Checkpoint, "config">): ProblemType | undefined {
  const told = config?.["problem_type"] ?? undefined;
  const known = PROBLEM_TYPES.find((type) => type === told);
  if (told === undefined || known !== undefined) return known;
  throw new ConfigError(
    "problem_type",
    `config: problem_type is ${JSON.stringify(told)}; expected ${PROBLEM_TYPES.join(", ")}`,
  );
}
