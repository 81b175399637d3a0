// The head and the loss of a configuration, and how Hugging Face's config.json describes them.
import {
  frameClassificationHead,
  parseHeadConfig,
  regressionHead,
  sequenceClassificationHead,
  xvectorFrames,
  xvectorHead,
  type Head,
} from "@wav2vec/core";
import { defaultHead, fittingLosses, type ClassificationConfig } from "../config/classification-config.js";
import { TrainingError } from "../run/events.js";
import { classObjective, framesObjective, marginObjective, multiLabelObjective, valuesObjective, type Objective } from "./objectives.js"; // prettier-ignore

/** Everything that a configuration says of head and loss. */
export interface ChosenHead {
  readonly head: Head;
  readonly objective: Objective;
  /** What config.json says of it. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What follows the family's name in the class of the transformers library. */
  readonly architecture: string;
  /** Fewest frames that it works with. */
  readonly leastFrames: number;
}

const PROBLEMS = {
  class: "single_label_classification",
  labels: "multi_label_classification",
  values: "regression",
  frames: "single_label_classification",
} as const;

/**
 * Chooses the head.
 *
 * @param labels names of the outputs
 * @param own a head of one's own in place of the configured one
 * @throws TrainingError if head, loss and target do not fit
 */
export function chooseHead(
  config: Pick<ClassificationConfig, "target" | "head" | "loss">,
  labels: readonly string[],
  own?: Head,
): ChosenHead {
  const { target } = config;
  const common = {
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    problem_type: PROBLEMS[target.kind],
    outside_label: target.kind === "frames" ? target.outside : undefined, // ours: the class of frames that are of nobody
    transformers_version: "5.0.0", // whose weighted sum ends before the final norm
  };
  if (own) {
    if (config.head)
      throw new TrainingError("head: one is configured and one is passed in; expected one; leave head out of the configuration"); // prettier-ignore
    const objective = objectiveOf(config, fittingLosses(target.kind, undefined)[0]!, labels); // every target has one
    return { head: own, objective, fields: common, architecture: "Model", leastFrames: 1 };
  }

  const kind = config.head?.kind ?? defaultHead(target.kind);
  const losses = fittingLosses(target.kind, kind);
  if (config.loss && !losses.includes(config.loss.kind))
    throw new TrainingError(`loss: ${config.loss.kind} does not fit the head ${kind}; expected ${losses.join(" or ")}`); // prettier-ignore
  const objective = objectiveOf(config, losses[0]!, labels); // the default head has one
  const fields = { ...common, ...fieldsOf(config.head, kind) };
  const parsed = parseHeadConfig(fields);
  switch (kind) {
    case "sequence":
      return { head: sequenceClassificationHead(parsed), objective, fields, architecture: "ForSequenceClassification", leastFrames: 1 }; // prettier-ignore
    case "frames":
      return { head: frameClassificationHead(parsed), objective, fields, architecture: "ForAudioFrameClassification", leastFrames: 1 }; // prettier-ignore
    case "regression":
      return { head: regressionHead(parsed), objective, fields, architecture: "ForSpeechClassification", leastFrames: 1 }; // prettier-ignore
    case "xvector":
      return { head: xvectorHead(parsed), objective, fields, architecture: "ForXVector", leastFrames: xvectorFrames(parsed) }; // prettier-ignore
  }
}

function fieldsOf(head: ClassificationConfig["head"], kind: string): Readonly<Record<string, unknown>> {
  const weighted = { use_weighted_layer_sum: kind !== "regression" && (head === undefined || !("layers" in head) || head.layers === "weighted") }; // prettier-ignore
  if (head?.kind === "sequence") return { ...weighted, classifier_proj_size: head.projectionSize };
  if (head?.kind === "xvector")
    return {
      ...weighted,
      tdnn_dim: head.dims,
      tdnn_kernel: head.kernels,
      tdnn_dilation: head.dilations,
      xvector_output_dim: head.embeddingSize,
    };
  return kind === "sequence" ? { ...weighted, classifier_proj_size: 256 } : weighted;
}

function objectiveOf(
  { target, loss }: Pick<ClassificationConfig, "target" | "loss">,
  defaultLoss: string,
  labels: readonly string[],
): Objective {
  const kind = loss?.kind ?? defaultLoss;
  const smoothing = loss?.kind === "cross-entropy" ? loss.smoothing : 0;
  if (target.kind === "labels") return multiLabelObjective();
  if (target.kind === "values") return valuesObjective(kind === "squared" ? "squared" : "concordance");
  if (target.kind === "frames") return framesObjective({ smoothing });
  if (kind === "cross-entropy") return classObjective({ smoothing });
  const angular = kind === "aam-softmax";
  const { scale, margin } = loss && "margin" in loss ? loss : { scale: 30, margin: angular ? 0.2 : 0.4 };
  return marginObjective(labels.length, { kind: angular ? "angular" : "additive", scale, margin });
}
