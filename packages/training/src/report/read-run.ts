// What a run has written so far, as series over its updates: metrics.jsonl, and the state of the newest checkpoint.
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { TrainingError } from "../run/events.js";

/** Values of one quantity, by update. */
export interface Series {
  readonly updates: readonly number[];
  readonly values: readonly number[];
}

/** A verdict of the collapse monitor. */
export interface ReportedVerdict {
  readonly update: number;
  readonly state: string;
  readonly text: string;
}

/** A run, read. */
export interface RunRecord {
  readonly name: string;
  /** By `part metric`, e.g. `train loss`, `dev wer`. */
  readonly series: ReadonlyMap<string, Series>;
  readonly verdicts: readonly ReportedVerdict[];
  /** Of the newest checkpoint; absent before the first. */
  readonly state?: {
    readonly seconds: number;
    readonly best?: { readonly update: number };
    readonly config: unknown;
  };
}

const POSITIONS = new Set(["update", "epoch"]);

/** Whether an entry of a line is a measured quantity. */
export function isMetric(name: string, value: unknown): value is number {
  return typeof value === "number" && !POSITIONS.has(name);
}

/**
 * Reads a run's folder. A torn last line, as a kill leaves it, is passed over.
 *
 * @throws TrainingError if the folder has no metrics.jsonl
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const path = join(folder, "metrics.jsonl");
  const text = await readFile(path, "utf8").catch(() => {
    throw new TrainingError(
      `report: ${path} cannot be read; expected the folder of a run, as --out named it`,
    );
  });
  const series = new Map<string, { updates: number[]; values: number[] }>();
  const verdicts: ReportedVerdict[] = [];
  for (const line of text.split("\n")) {
    const row = rowOf(line);
    if (row === undefined) continue;
    const { type, update, verdict } = row;
    if (type === "monitor")
      verdicts.push({ update, state: String(verdict?.state), text: String(verdict?.text) });
    if (type !== "update" && type !== "evaluation") continue;
    const part = type === "update" ? "train" : "dev";
    for (const [metric, value] of Object.entries(row)) {
      if (!isMetric(metric, value)) continue;
      const key = `${part} ${metric}`;
      const own = series.get(key) ?? { updates: [], values: [] };
      series.set(key, own);
      own.updates.push(update);
      own.values.push(value);
    }
  }
  const state = await readFile(join(folder, "last", "run.json"), "utf8").then(
    (json) => JSON.parse(json) as NonNullable<RunRecord["state"]>, // written by saveCheckpoint
    () => undefined,
  );
  return { name: basename(resolve(folder)), series, verdicts, ...(state && { state }) };
}

interface Row extends Readonly<Record<string, unknown>> {
  readonly type?: string;
  readonly update: number;
  readonly verdict?: Readonly<Record<string, unknown>>;
}

function rowOf(line: string): Row | undefined {
  try {
    const row = JSON.parse(line) as Row; // a line of ours, if it has an update
    return typeof row.update === "number" ? row : undefined;
  } catch {
    return undefined;
  }
}
