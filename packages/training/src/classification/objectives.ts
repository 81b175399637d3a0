// What a head's outputs are trained towards: a loss as a graph, the targets it is fed, and the scores that are judged.
import { constant, input, mul, mulDims, param, reshape, type Value } from "@wav2vec/core";
import { binaryCrossEntropy, crossEntropy } from "../cross-entropy.js";
import { cosines, marginLogits } from "../margin-softmax.js";
import { concordanceLoss, squaredError } from "../regression-losses.js";
import type { HostTensors } from "../trainer/gradient-step.js";

/** What is to be learnt of one clip: a class [1], a class for each frame, or a number for each label. */
export type Target = Int32Array | Float32Array;

/** A loss over a head's outputs. */
export interface Objective {
  /** @throws RangeError if the head lacks the output that the loss is of */
  build(outputs: Readonly<Record<string, Value>>): {
    /** Sum over units, a scalar. */
    readonly loss: Value;
    /** What is judged: [batch, labels], or [batch, frames, labels]. */
    readonly scores: Value;
  };
  /** The loss's inputs for one batch, and how many units the loss is a sum of. */
  feeds(targets: readonly Target[]): { readonly host: HostTensors; readonly units: number };
}

/** One class a clip: softmax over `logits` [batch, labels]. */
export function classObjective({ smoothing }: { readonly smoothing: number }): Objective {
  return {
    build(outputs) {
      const logits = outputOf(outputs, "logits", 2);
      const labels = input("labels", [logits.shape[0]!], "int32");
      return { loss: crossEntropy(logits, labels, { reduction: "sum", smoothing }), scores: logits };
    },
    feeds: classFeeds,
  };
}

/**
 * One class a clip, by the angle to a vector of each class, the parameter `objective.weight` [dim, classes]. It is of
 * the output `logits` [batch, dim] (as HF's x-vectors), or else of `embedding`. Scores are cosines.
 */
export function marginObjective(classes: number, margin: Parameters<typeof marginLogits>[2]): Objective {
  return {
    build(outputs) {
      const x = outputOf(outputs, "logits" in outputs ? "logits" : "embedding", 2);
      const scores = cosines(x, param("objective.weight", [x.shape[1] as number, classes])); // widths are numbers
      const labels = input("labels", [x.shape[0]!], "int32");
      return {
        loss: crossEntropy(marginLogits(scores, labels, margin), labels, { reduction: "sum" }),
        scores,
      };
    },
    feeds: classFeeds,
  };
}

/** Any number of labels a clip: a yes or no for each of `logits` [batch, labels]; the loss is the mean over labels. */
export function multiLabelObjective(): Objective {
  return {
    build(outputs) {
      const logits = outputOf(outputs, "logits", 2);
      const total = binaryCrossEntropy(logits, input("targets", logits.shape), "sum");
      return { loss: mul(total, 1 / (logits.shape[1] as number)), scores: logits }; // widths are numbers
    },
    feeds: valueFeeds,
  };
}

/** A number for each dimension: `values` (or `logits`) [batch, dimensions]; the loss is the mean over dimensions. */
export function valuesObjective(kind: "squared" | "concordance"): Objective {
  return {
    build(outputs) {
      const values = outputOf(outputs, "values" in outputs ? "values" : "logits", 2);
      const targets = input("targets", values.shape);
      // Concordance is of a batch as a whole; it counts once for each clip, so that batches weigh by their size.
      const loss =
        kind === "squared"
          ? mul(squaredError(values, targets, "sum"), 1 / (values.shape[1] as number)) // widths are numbers
          : mul(concordanceLoss(values, targets), constant(values.shape[0]!, []));
      return { loss, scores: values };
    },
    feeds: valueFeeds,
  };
}

/** One class a frame: softmax over `logits` [batch, frames, labels]; frames of class -100, and padding, do not count. */
export function framesObjective({ smoothing }: { readonly smoothing: number }): Objective {
  return {
    build(outputs) {
      const logits = outputOf(outputs, "logits", 3);
      const labels = input("labels", logits.shape.slice(0, 2), "int32");
      const count = mulDims(logits.shape[0]!, logits.shape[1]!);
      const rows = reshape(logits, [count, logits.shape[2]!]);
      const loss = crossEntropy(rows, reshape(labels, [count]), { reduction: "sum", smoothing });
      return { loss, scores: logits };
    },
    feeds(targets) {
      const frames = Math.max(...targets.map(({ length }) => length));
      const data = new Int32Array(targets.length * frames).fill(-100);
      targets.forEach((target, row) => data.set(target, row * frames));
      const units = data.reduce((count, label) => count + Number(label >= 0), 0);
      return { host: { labels: { data, shape: [targets.length, frames] } }, units };
    },
  };
}

function classFeeds(targets: readonly Target[]) {
  const data = Int32Array.from(targets, ([label]) => label!); // one number each
  return { host: { labels: { data, shape: [data.length] } }, units: data.length };
}

function valueFeeds(targets: readonly Target[]) {
  const width = targets[0]!.length; // batches are not empty
  const data = new Float32Array(targets.length * width);
  targets.forEach((target, row) => data.set(target, row * width));
  return { host: { targets: { data, shape: [targets.length, width] } }, units: targets.length };
}

function outputOf(outputs: Readonly<Record<string, Value>>, name: string, rank: number): Value {
  const value = outputs[name];
  if (value?.shape.length === rank) return value;
  const expected = rank === 2 ? "[batch, …]" : "[batch, frames, …]";
  throw new RangeError(
    `objective: the head gives ${Object.entries(outputs)
      .map(([key, { shape }]) => `${key} of rank ${shape.length}`)
      .join(", ")}; expected "${name}" ${expected}`,
  );
}
