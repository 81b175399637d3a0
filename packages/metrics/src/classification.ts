// How often a classifier is right, over all and class by class.
import { MetricsError } from "./metrics-error.js";

/** How often each class was taken for each class. */
export interface ConfusionMatrix {
  readonly labels: readonly string[];
  /** counts[i][j]: items of class `labels[i]` that were called `labels[j]`. */
  readonly counts: readonly (readonly number[])[];
}

/** How one class was recognised. */
export interface ClassScores {
  readonly label: string;
  /** Share of the items called so that are so; 0 if none was called so. */
  readonly precision: number;
  /** Share of the class's items that were called so; 0 if there is none. */
  readonly recall: number;
  /** Harmonic mean of the two; 0 where both are. */
  readonly f1: number;
  /** Items of this class. */
  readonly support: number;
}

/** How good a classifier is. */
export interface ClassificationScores {
  /** Share of items that were called what they are. */
  readonly accuracy: number;
  /** Mean F1 of the classes that occur, as what is or as what was called. */
  readonly macroF1: number;
  /** Mean recall of the classes that have items (UAR), also called balanced accuracy. */
  readonly unweightedAverageRecall: number;
  /** Each label, in the order of the matrix. */
  readonly classes: readonly ClassScores[];
}

/**
 * Counts what was taken for what.
 *
 * @param reference what each item is
 * @param predicted what each item was called, in the same order
 * @param options.labels all classes, in the order wanted; default: those that occur, sorted by code unit
 * @throws MetricsError if the lists differ in length, are empty, or hold a label that is not among `labels`
 */
export function confusionMatrix(
  reference: readonly string[],
  predicted: readonly string[],
  {
    labels = [...new Set([...reference, ...predicted])].sort(),
  }: { readonly labels?: readonly string[] } = {},
): ConfusionMatrix {
  if (reference.length !== predicted.length || reference.length === 0) {
    throw new MetricsError(
      `confusionMatrix: got ${reference.length} references and ${predicted.length} predictions; expected as many of both, at least one`,
    );
  }
  const rows = new Map(labels.map((label, i) => [label, i]));
  if (rows.size !== labels.length)
    throw new MetricsError(`confusionMatrix: labels repeat in [${labels.join(", ")}]; expected each once`);
  const rowOf = (label: string) => {
    const row = rows.get(label);
    if (row !== undefined) return row;
    throw new MetricsError(`confusionMatrix: got label "${label}"; expected one of ${labels.join(", ")}`);
  };
  const counts = labels.map(() => labels.map(() => 0));
  reference.forEach((label, i) => counts[rowOf(label)]![rowOf(predicted[i]!)]!++);
  return { labels, counts };
}

/**
 * Scores of a confusion matrix.
 *
 * @see scikit-learn's accuracy_score, f1_score(average="macro"), balanced_accuracy_score, with zero_division=0
 */
export function classificationScores({ labels, counts }: ConfusionMatrix): ClassificationScores {
  const classes = labels.map((label, i): ClassScores => {
    const support = sum(counts[i]!);
    const hits = counts[i]![i]!;
    const called = sum(counts.map((row) => row[i]!));
    return {
      label,
      precision: called === 0 ? 0 : hits / called,
      recall: support === 0 ? 0 : hits / support,
      f1: support + called === 0 ? 0 : (2 * hits) / (support + called),
      support,
    };
  });
  const occurring = classes.filter(({ support }, i) => support > 0 || counts.some((row) => row[i]! > 0));
  const withItems = classes.filter(({ support }) => support > 0);
  const total = sum(classes.map(({ support }) => support));
  return {
    accuracy: sum(counts.map((row, i) => row[i]!)) / total,
    macroF1: sum(occurring.map(({ f1 }) => f1)) / occurring.length,
    unweightedAverageRecall: sum(withItems.map(({ recall }) => recall)) / withItems.length,
    classes,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
