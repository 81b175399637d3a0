// What is wanted, or which command word it is, by a classifier of whole clips: labels in one group or several.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { parseHeadConfig, sequenceClassificationHead, type Backend } from "@wav2vec/core";
import {
  openHead,
  problemTypeOf,
  rankedScores,
  type Recording,
  type Score,
  type TimelineOptions,
} from "@wav2vec/heads";
import { IntentError } from "./intent-error.js";

/** The labels of each group, most likely first; probabilities add up to 1 in each, unless several labels may hold at once. */
export type Intent<Group extends string = string> = Readonly<Record<Group, readonly Score[]>>;

/** The intent of one piece of a recording; times in seconds. */
export interface IntentPiece<Group extends string = string> {
  readonly start: number;
  readonly end: number;
  readonly intent: Intent<Group>;
}

/** A classifier that is ready to work; dispose of it when done. */
export interface IntentClassifier<Group extends string = string> {
  /** The labels of each group, in the model's order. */
  readonly labels: Readonly<Record<Group, readonly string[]>>;
  /** @throws AudioError if the recording cannot be read or has less than one frame */
  classify(recording: Recording): Promise<Intent<Group>>;
  /** The same for each piece of a long recording. */
  timeline(recording: Recording, options?: TimelineOptions): AsyncGenerator<IntentPiece<Group>>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Makes a classifier of a Hugging Face sequence-classification checkpoint, such as SUPERB's for intents (IC) and for
 * keywords (KS). With `problem_type: multi_label_classification` each label is judged by itself.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @param groups how many labels belong to each group, in the order of the model's outputs, e.g.
 *   `{ action: 6, object: 14, location: 4 }` for SUPERB's intents. Default: all labels are one group, `intent`
 * @throws ConfigError or WeightError if config and weights are no such model
 * @throws IntentError if the model predicts numbers, or the groups do not have as many labels as the model
 */
export async function createIntentClassifier<Group extends string = "intent">({
  model,
  backend,
  groups,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
  readonly groups?: Readonly<Record<Group, number>>;
}): Promise<IntentClassifier<Group>> {
  const opened = await openHead({
    model,
    backend,
    head: ({ config }) => sequenceClassificationHead(parseHeadConfig(config)),
  });
  let spans: readonly GroupSpan[];
  let exclusive: boolean;
  try {
    exclusive = hasExclusiveLabels(opened.checkpoint);
    spans = groupSpans(parseHeadConfig(opened.checkpoint.config).labels, groups, opened.checkpoint.source);
  } catch (error) {
    opened.dispose();
    throw error;
  }
  const byGroup = <T>(make: (span: GroupSpan) => T) =>
    Object.fromEntries(spans.map((span) => [span.group, make(span)])) as Record<Group, T>; // the spans are the groups
  const intentOf = (logits: Float32Array): Intent<Group> =>
    byGroup(({ from, labels }) =>
      rankedScores(logits.subarray(from, from + labels.length), labels, { exclusive }),
    );
  return {
    labels: byGroup(({ labels }) => labels),
    async classify(recording) {
      const [outputs] = await opened.run([recording]);
      return intentOf(outputs!.logits.data); // one recording in, one answer out
    },
    async *timeline(recording, options) {
      for await (const { start, end, outputs } of opened.timeline(recording, options))
        yield { start, end, intent: intentOf(outputs.logits.data) };
    },
    dispose: () => opened.dispose(),
  };
}

/** @throws IntentError if outputs are no labels */
function hasExclusiveLabels(checkpoint: Checkpoint): boolean {
  const problem = problemTypeOf(checkpoint);
  if (problem === "regression") {
    throw new IntentError(
      `intent: ${checkpoint.source} predicts numbers (problem_type is regression); expected labels; read it with createEmotionRecognizer`,
    );
  }
  return problem !== "multi_label_classification";
}

/** The outputs of one group. */
interface GroupSpan {
  readonly group: string;
  readonly from: number;
  readonly labels: readonly string[];
}

function groupSpans(
  labels: readonly string[],
  groups: Readonly<Record<string, number>> | undefined,
  source: string,
): readonly GroupSpan[] {
  const sizes = Object.entries(groups ?? { intent: labels.length });
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (sizes.some(([, size]) => !Number.isInteger(size) || size < 1) || total !== labels.length) {
    const told = sizes.map(([group, size]) => `${group} ${size}`).join(", ");
    throw new IntentError(
      `intent: the groups (${told}) have ${total} labels, ${source} has ${labels.length}: ${labels.join(", ").slice(0, 200)}; expected whole numbers that add up to its labels`,
    );
  }
  let from = 0;
  return sizes.map(([group, size]) => {
    const span = { group, from, labels: labels.slice(from, from + size) };
    from += size;
    return span;
  });
}
