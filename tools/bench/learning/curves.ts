// Writes what runs measured as small tables: one line for each evaluation, with the training means since the last one.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals: runs } = parseArgs({
  options: { out: { type: "string", default: "curves" } },
  allowPositionals: true,
});
if (runs.length === 0) throw new Error("expected folders of runs");

type Row = Readonly<Record<string, unknown>> & { readonly type: string; readonly update: number };

mkdirSync(values.out, { recursive: true });
for (const run of runs) {
  const rows = readFileSync(join(run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row); // metrics.jsonl of a run
  let since: Row[] = [];
  const table: Record<string, number>[] = [];
  for (const row of rows) {
    if (row.type === "update") since.push(row);
    if (row.type !== "evaluation") continue;
    table.push({ update: row.update, ...means(since), ...numbers(row, "dev ") });
    since = [];
  }
  const columns = [...new Set(table.flatMap((line) => Object.keys(line)))];
  const lines = table.map((line) => columns.map((column) => line[column] ?? "").join(","));
  const file = join(values.out, `${basename(run)}.csv`);
  writeFileSync(file, [columns.join(","), ...lines].join("\n") + "\n");
  console.log(file);
}

/** Numbers of a row but its update and time, four digits each. */
function numbers(row: Row, prefix: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      typeof value === "number" && name !== "update" ? [[prefix + name, Number(value.toPrecision(4))]] : [],
    ),
  );
}

function means(rows: readonly Row[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (typeof value === "number" && !["update", "epoch"].includes(name))
        sums[name] = (sums[name] ?? 0) + value;
  return Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name, Number((sum / rows.length).toPrecision(4))]),
  );
}
