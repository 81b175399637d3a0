// Measures every backend on every model and writes the matrix: `npx tsx --conditions=@wav2vec/source parity/run.ts` in tools/bench.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openPage, type OpenPage } from "../browser/open-page.js";
import { matrix, type Cell } from "./matrix.js";
import { measureParity } from "./measure-parity.js";
import { nodeBackends } from "./node-backends.js";
import { pageBackends } from "./page-backends.js";
import type { Parity, ParityCase } from "./parity-case.js";
import { parityCases } from "./parity-cases.js";

const { values } = parseArgs({
  options: {
    model: { type: "string", multiple: true },
    backend: { type: "string", multiple: true },
    cells: { type: "string" }, // a file of what an interrupted run has measured, which this one goes on from
    out: { type: "string", default: fileURLToPath(new URL("../../../docs/parity.md", import.meta.url)) },
  },
});
const wanted = (name: string, parts: readonly string[] | undefined) =>
  parts?.some((part) => name.includes(part)) ?? true;

const cases = await parityCases((name) => wanted(name, values.model));
const cells: Cell[] =
  values.cells !== undefined && existsSync(values.cells)
    ? (JSON.parse(readFileSync(values.cells, "utf8")) as Cell[]) // written below
    : [];
async function fill(backend: string, row: ParityCase, measure: () => Promise<Parity>): Promise<void> {
  if (cells.some((cell) => cell.backend === backend && cell.model === row.name)) return;
  const parity = await measure().catch((error: unknown) => ({ error: String(error) }));
  cells.push({ backend, model: row.name, ...parity });
  if (values.cells !== undefined) writeFileSync(values.cells, JSON.stringify(cells));
  console.log(`${backend}, ${row.name}: ${JSON.stringify(parity)}`);
}

for (const [name, start] of Object.entries(nodeBackends)) {
  if (!wanted(`${name}, Node`, values.backend)) continue;
  const backend = await start();
  if (!backend) console.warn(`${name}: left out, it does not start on this machine`);
  else for (const row of cases) await fill(`${name}, Node`, row, () => measureParity(backend, row));
}

const pages = pageBackends.filter((name) => wanted(`${name}, page`, values.backend));
if (pages.length > 0) {
  const folders = Object.fromEntries(cases.map((row) => [`/checkpoints/${row.name}`, row.checkpoint]));
  for (const name of pages) {
    const opened = await openPage("parity/index.html", folders); // a page each: what one leaves behind meets no other
    for (const row of cases) await fill(`${name}, page`, row, () => inPage(opened, name, row));
    await opened.close();
  }
}

function inPage(
  { page, origin }: OpenPage,
  name: (typeof pageBackends)[number],
  row: ParityCase,
): Promise<Parity> {
  const here = { ...row, checkpoint: `${origin}/checkpoints/${row.name}/` };
  return page.evaluate(([backend, given]) => window.measureInPage(backend, given), [name, here] as const);
}

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
const table = matrix(cells, { ort: version });
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(join(values.out), table.text);
console.log(table.text);
if (table.failures.length > 0) {
  console.error(`parity: ${table.failures.join("; ")}`);
  process.exitCode = 1;
}
