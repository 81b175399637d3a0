// What a run writes while it works: metrics.jsonl, events for TensorBoard, and report.html, drawn from the first.
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMetric } from "../report/read-run.js";
import { writeReport } from "../report/write-report.js";
import { openEventFile } from "../tensorboard/event-file.js";
import { replaceDurably } from "./durable-files.js";
import { TrainingError } from "./events.js";

/** A line of metrics.jsonl. */
export type MetricsLine = Readonly<Record<string, unknown>> & {
  readonly type: "update" | "evaluation" | "monitor";
  readonly update: number;
};

/** Everything throws TrainingError if it cannot be written. */
export interface MetricsLog {
  write(line: MetricsLine): Promise<void>;
  /** Draws what was written so far. */
  report(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the files in `out`. Lines after `update`, which a resumed run writes again, and a torn last one are removed.
 */
export async function openMetricsLog(out: string, update: number): Promise<MetricsLog> {
  const path = join(out, "metrics.jsonl");
  const before = await readFile(path, "utf8").catch(() => "");
  const lines = before.split("\n").filter((line) => (updateOf(line) ?? Infinity) <= update);
  await written(path, replaceDurably(path, lines.map((line) => `${line}\n`).join("")));
  const events = await written(`${out}: events for TensorBoard`, openEventFile(out, update));
  const page = join(out, "report.html");
  return {
    async write(line) {
      await written(path, appendFile(path, `${JSON.stringify(line)}\n`));
      const part = line.type === "update" ? "train" : "dev";
      const scalars = Object.entries(line).flatMap(([name, value]) => (isMetric(name, value) ? [[`${part}/${name}`, value] as const] : [])); // prettier-ignore
      if (scalars.length > 0)
        await written(events.path, events.write(line.update, Object.fromEntries(scalars)));
    },
    report: () => written(page, writeReport([out], page)),
    close: () => events.close(),
  };
}

async function written<R>(what: string, writing: Promise<R>): Promise<R> {
  try {
    return await writing;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TrainingError(
      `metrics: ${what} could not be written: ${reason}; checkpoints are whole, make room and resume`,
    );
  }
}

function updateOf(line: string): number | undefined {
  try {
    const { update } = JSON.parse(line) as { update?: unknown };
    return typeof update === "number" ? update : undefined;
  } catch {
    return undefined;
  }
}
