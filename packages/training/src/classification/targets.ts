// From a table's columns to what is to be learnt: classes, labels, values, or a class for each frame.
import type { ClassificationConfig } from "../config/classification-config.js";
import type { Entry } from "../data/entry.js";
import { TrainingError } from "../run/events.js";
import type { Target } from "./objectives.js";

/** Reads what is to be learnt of each entry. */
export interface TargetReader {
  /** Names of the outputs, by index. */
  readonly labels: readonly string[];
  /** What an entry lacks, in words; undefined if nothing. */
  lack(entry: Entry): string | undefined;
  /**
   * @param frames of the entry's recording
   * @param entry `lack` found nothing wrong with it
   */
  read(entry: Entry, frames: number): Target;
}

/**
 * Collects the labels of the training entries, unless they are configured, and reads targets by them.
 *
 * @throws TrainingError if there are fewer than two classes, or no label at all
 */
export function readTargets(target: ClassificationConfig["target"], entries: readonly Entry[]): TargetReader {
  if (target.kind === "values") return valueTargets(target.columns);
  const namesOf = (entry: Entry): readonly string[] =>
    target.kind === "class"
      ? textsOf(columnOf(entry, target.column)).slice(0, 1)
      : target.kind === "labels"
        ? textsOf(columnOf(entry, target.column))
        : (segmentsOf(columnOf(entry, target.column))?.map(({ label }) => label) ?? []);
  const outside = target.kind === "frames" && target.outside !== undefined ? [target.outside] : [];
  const labels = target.labels ?? [...new Set([...outside, ...entries.flatMap(namesOf)])].sort();
  if (labels.length < (target.kind === "labels" ? 1 : 2))
    throw new TrainingError(
      `target: column "${target.column}" of the training data has ${labels.length} labels${labels.length > 0 ? `: ${labels.join(", ")}` : ""}; expected at least two; check target.column`,
    );
  const indexOf = new Map(labels.map((label, i) => [label, i]));
  const unknown = (names: readonly string[]) => {
    const name = names.find((candidate) => !indexOf.has(candidate));
    return name === undefined ? undefined : `"${name}" of column "${target.column}" is no label of the training data`; // prettier-ignore
  };

  if (target.kind === "class")
    return {
      labels,
      lack(entry) {
        const names = namesOf(entry);
        return names.length === 0 ? `column "${target.column}" is empty or missing` : unknown(names);
      },
      read: (entry) => Int32Array.of(indexOf.get(namesOf(entry)[0]!)!), // lack has checked
    };
  if (target.kind === "labels")
    return {
      labels,
      lack(entry) {
        if (columnOf(entry, target.column) === undefined) return `column "${target.column}" is missing`;
        return target.labels ? undefined : unknown(namesOf(entry)); // of chosen labels, others do not count
      },
      read(entry) {
        const has = new Set(namesOf(entry));
        return Float32Array.from(labels, (label) => Number(has.has(label)));
      },
    };
  return {
    labels,
    lack(entry) {
      const segments = segmentsOf(columnOf(entry, target.column));
      return segments
        ? unknown(segments.map(({ label }) => label))
        : `column "${target.column}" is no list of { start, end, label } in seconds`;
    },
    read(entry, frames) {
      const segments = segmentsOf(columnOf(entry, target.column)) ?? [];
      const elsewhere = target.outside === undefined ? -100 : indexOf.get(target.outside)!; // it is among the labels
      return Int32Array.from({ length: frames }, (_, frame) => {
        const centre = 0.02 * frame + 0.0125; // a frame is 25 ms, every 20 ms
        const own = segments.findLast(({ start, end }) => start <= centre && centre < end);
        return own ? indexOf.get(own.label)! : elsewhere; // lack has checked
      });
    },
  };
}

function valueTargets(columns: readonly string[]): TargetReader {
  const valueOf = (entry: Entry, column: string) => {
    const cell = columnOf(entry, column);
    return typeof cell === "string" && cell.trim() === "" ? NaN : Number(cell ?? NaN);
  };
  return {
    labels: columns,
    lack(entry) {
      const wrong = columns.find((column) => !Number.isFinite(valueOf(entry, column)));
      return wrong === undefined ? undefined : `column "${wrong}" holds ${JSON.stringify(columnOf(entry, wrong))}; expected a number`; // prettier-ignore
    },
    read: (entry) => Float32Array.from(columns, (column) => valueOf(entry, column)),
  };
}

/** A cell of an entry's line; `slots.size` is `size` within `slots`. Folders of recordings have `label` alone. */
export function columnOf(entry: Entry, column: string): unknown {
  if (!entry.columns) return column === "label" ? entry.label : undefined;
  if (column in entry.columns) return entry.columns[column];
  return column
    .split(".")
    .reduce<unknown>((cell, key) => (isRecord(cell) ? cell[key] : undefined), entry.columns);
}

/** The labels that a cell holds: one, a list, or the keys of an object that are set. */
function textsOf(cell: unknown): string[] {
  if (cell === undefined || cell === null) return [];
  const texts = Array.isArray(cell)
    ? cell.map(String)
    : isRecord(cell)
      ? Object.keys(cell).filter((key) => cell[key] !== null && cell[key] !== false)
      : [String(cell)];
  return texts.map((text) => text.trim()).filter((text) => text !== "");
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

function segmentsOf(cell: unknown): Segment[] | undefined {
  if (!Array.isArray(cell)) return undefined;
  const segments = cell.flatMap((part: unknown) =>
    isRecord(part) &&
    typeof part["start"] === "number" &&
    typeof part["end"] === "number" &&
    part["label"] !== undefined
      ? [{ start: part["start"], end: part["end"], label: String(part["label"]) }]
      : [],
  );
  return segments.length === cell.length ? segments : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
