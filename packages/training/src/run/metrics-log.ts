// metrics.jsonl: a line for each report of a run, without lines of updates that a resumed run does again.
import { appendFile, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "./model-folder.js";

/** Appends lines. */
export interface MetricsLog {
  write(line: Readonly<Record<string, unknown>> & { readonly update: number }): Promise<void>;
}

/** Opens `out/metrics.jsonl`; lines after `update`, and a torn last one, are removed. */
export async function openMetricsLog(out: string, update: number): Promise<MetricsLog> {
  const path = join(out, "metrics.jsonl");
  const before = await readFile(path, "utf8").catch(() => "");
  const lines = before.split("\n").filter((line) => (updateOf(line) ?? Infinity) <= update);
  const temporary = `${path}.${process.pid}.tmp`;
  await writeDurably(temporary, lines.map((line) => `${line}\n`).join(""));
  await rename(temporary, path);
  return { write: (line) => appendFile(path, `${JSON.stringify(line)}\n`) };
}

function updateOf(line: string): number | undefined {
  try {
    const { update } = JSON.parse(line) as { update?: unknown };
    return typeof update === "number" ? update : undefined;
  } catch {
    return undefined;
  }
}
