// The report of runs as one HTML file that needs no network: plots by uPlot, and every plot as a table too.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chartsOf, thinned, type Chart, type ChartLine } from "./charts.js";
import type { RunRecord } from "./read-run.js";

/** Rows of a table; a plot has more points. */
const MOST_ROWS = 25;

/** The whole page. */
export async function reportPage(runs: readonly RunRecord[]): Promise<string> {
  const charts = chartsOf(runs);
  const [plotCode, plotStyle, ownCode, ownStyle] = await Promise.all(
    [
      require.resolve("uplot/dist/uPlot.iife.min.js"),
      require.resolve("uplot/dist/uPlot.min.css"),
      require.resolve("@wav2vec/training/report/page.js"),
      require.resolve("@wav2vec/training/report/page.css"),
    ].map((path) => readFile(path, "utf8")),
  );
  const title = runs.map(({ name }) => name).join(", ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}: training</title>
<style>${plotStyle}</style>
<style>${ownStyle}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${runs.map((run) => summary(run, runs.length > 1)).join("\n")}
<noscript><p>Plots need JavaScript; the tables hold the same numbers.</p></noscript>
${charts.map(figure).join("\n")}
${runs.map(settings).join("\n")}
</main>
<script type="application/json" id="charts">${inScript(charts)}</script>
<script>${plotCode}</script>
<script>${ownCode}</script>
</body>
</html>
`;
}

/** Finds files of packages. */
const require = createRequire(import.meta.url);

/** Where the run stands, in words. */
function summary({ name, series, verdicts, state }: RunRecord, isNamed: boolean): string {
  const updates = series.get("train loss")?.updates.at(-1) ?? 0;
  const items: [string, string][] = [["Updates", String(updates)]];
  for (const [metric, label] of [
    ["wer", "Word error rate"],
    ["cer", "Character error rate"],
  ] as const) {
    const rates = series.get(`dev ${metric}`);
    if (!rates) continue;
    const lowest = rates.values.indexOf(Math.min(...rates.values));
    items.push([label, `${percent(rates.values.at(-1))}, lowest ${percent(rates.values[lowest])} at update ${rates.updates[lowest]}`]); // prettier-ignore
  }
  if (state?.best) items.push(["Best checkpoint", `update ${state.best.update}`]);
  if (state) items.push(["Time", duration(state.seconds)]);
  const verdict = verdicts.at(-1);
  if (verdict)
    items.push(["Codes", `<span class="${escaped(verdict.state)}">${escaped(verdict.text)}</span>`]);
  const list = items.map(([term, html]) => `<div><dt>${term}</dt><dd>${html}</dd></div>`).join("");
  const heading = isNamed ? `<h2>${escaped(name)}</h2>` : "";
  return `<section aria-label="${escaped(name)}">${heading}<dl>${list}</dl>${turns(verdicts)}</section>`;
}

/** The verdicts where the state changed. */
function turns(verdicts: RunRecord["verdicts"]): string {
  const changes = verdicts.filter(({ state }, i) => state !== verdicts[i - 1]?.state);
  if (changes.length < 2) return "";
  const rows = changes.slice(-MOST_ROWS).map(({ update, text }) => `<tr><td>${update}</td><td>${escaped(text)}</td></tr>`); // prettier-ignore
  return `<details><summary>${changes.length} changes of the verdict on the codes</summary><table><thead><tr><th scope="col">update</th><th scope="col">verdict</th></tr></thead><tbody>${rows.join("")}</tbody></table></details>`;
}

function figure({ title, unit, lines }: Chart, index: number): string {
  const caption = unit === undefined ? title : `${title} (${unit})`;
  return `<figure aria-labelledby="chart-${index}">
<figcaption id="chart-${index}">${escaped(caption)}</figcaption>
<div class="plot" data-chart="${index}" aria-hidden="true"></div>
<details><summary>${escaped(title)} as a table</summary>
${lines.map((line) => table(line)).join("\n")}
</details>
</figure>`;
}

function table(line: ChartLine): string {
  const { updates, values } = thinned(line, MOST_ROWS);
  const rows = updates
    .map((update, i) => `<tr><td>${update}</td><td>${written(values[i]!)}</td></tr>`)
    .join(""); // as many
  const isThinned = updates.length < line.updates.length;
  return `<table><caption>${escaped(line.label)}${isThinned ? ", means up to each update" : ""}</caption><thead><tr><th scope="col">update</th><th scope="col">value</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function settings({ name, state }: RunRecord): string {
  if (!state) return "";
  return `<details><summary>Settings of ${escaped(name)}</summary><pre>${escaped(JSON.stringify(state.config, null, 2))}</pre></details>`;
}

const written = (value: number) => String(Number(value.toPrecision(4)));
const percent = (share: number | undefined) => `${written(100 * (share ?? NaN))} %`;

function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${Math.floor(seconds % 60)} s`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!); // each has one

/** JSON in which no tag can end the script. */
const inScript = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");
