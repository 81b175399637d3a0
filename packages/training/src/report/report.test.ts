import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chartsOf, thinned, type Chart } from "./charts.js";
import { readRun } from "./read-run.js";
import { writeReport } from "./write-report.js";

let folder = "";
const at = (name: string) => join(folder, name);

/** Twenty updates whose loss falls from `loss`, two evaluations, verdicts that change once, and a torn end. */
async function writeRun(name: string, loss: number): Promise<void> {
  await mkdir(at(`${name}/last`), { recursive: true });
  const lines: unknown[] = [];
  for (let update = 1; update <= 20; update++) {
    lines.push({ type: "update", update, epoch: 0, rate: update / 1000, loss: loss / update, norm: 2, seconds: 0.5, contrastive: 1, accuracy: 0.25, codePerplexity: 10 + update, probPerplexity: 12 + update }); // prettier-ignore
    lines.push({ type: "monitor", update, verdict: { state: update < 8 ? "watch" : "healthy", text: update < 8 ? "few codes: <3" : "healthy: 40 codes" } }); // prettier-ignore
    if (update % 10 === 0) lines.push({ type: "evaluation", update, wer: 1 / update, cer: 0.5 / update, isBest: true, seconds: 3 }); // prettier-ignore
  }
  await writeFile(
    at(`${name}/metrics.jsonl`),
    `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"type":"upda`,
  );
  const state = {
    update: 20,
    best: { update: 20, score: 0.05 },
    seconds: 3725,
    config: { note: "</script><b>" },
  };
  await writeFile(at(`${name}/last/run.json`), JSON.stringify(state));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
  await writeRun("first", 40);
  await writeRun("second", 20);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const chartsIn = (page: string): Chart[] =>
  JSON.parse(/<script type="application\/json" id="charts">(.*)<\/script>/.exec(page)![1]!) as Chart[];

describe("the report of a run", () => {
  it("holds every measured number, in charts and in tables, and needs no network", async () => {
    await writeReport([at("first")], at("first/report.html"));
    const page = await readFile(at("first/report.html"), "utf8");
    const charts = chartsIn(page);
    expect(charts.map(({ title }) => title)).toEqual(["Loss", "Error rates on the dev part", "Learning rate", "Gradient norm", "Perplexity of codes and of their softmax", "Contrastive accuracy", "Seconds of an update", "Seconds of an evaluation", "Contrastive"]); // prettier-ignore
    const [loss, errors] = charts as [Chart, Chart];
    expect(loss.lines[0]).toMatchObject({
      label: "train loss",
      updates: Array.from({ length: 20 }, (_, i) => i + 1),
    });
    expect(loss.lines[0]!.values[3]).toBe(10);
    expect(errors.lines.map(({ label, values }) => [label, ...values])).toEqual([["dev wer", 10, 5], ["dev cer", 5, 2.5]]); // prettier-ignore
    expect(page).toContain("<tr><td>4</td><td>10</td></tr>");
    expect(page).toContain("5 %, lowest 5 % at update 20");
    expect(page).toContain("1 h 2 min");
    expect(page).toMatch(/2 changes of the verdict[^]*few codes: &lt;3/);
    expect(page).toContain("&lt;/script&gt;&lt;b&gt;");
    expect(page).not.toMatch(/(src|href)\s*=|@import|url\(/);
    expect((await readdir(at("first"))).sort()).toEqual(["last", "metrics.jsonl", "report.html"]);
  });

  it("draws several runs over each other", async () => {
    const [loss] = chartsOf([await readRun(at("first")), await readRun(at("second"))]) as [Chart];
    expect(loss.lines.map(({ label, run, values }) => [label, run, values[0]])).toEqual([["first: train loss", 0, 40], ["second: train loss", 1, 20]]); // prettier-ignore
  });

  it("thins long series to means of neighbours", () => {
    const updates = Array.from({ length: 10 }, (_, i) => i + 1);
    expect(thinned({ updates, values: updates }, 4)).toEqual({
      updates: [3, 6, 9, 10],
      values: [2, 5, 8, 10],
    });
    expect(thinned({ updates, values: updates }, 10).values).toEqual(updates);
  });

  it("says which folder holds no run", async () => {
    await expect(writeReport([at("none")], at("x.html"))).rejects.toThrow(
      /report: .*none\/metrics\.jsonl cannot be read; expected the folder of a run/,
    );
    expect(await readdir(folder)).not.toContain("x.html");
  });

  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  it.skipIf(!existsSync(executablePath))(
    "is drawn by a browser without a network (needs Chromium)",
    async () => {
      await writeReport([at("first"), at("second")], at("both.html"));
      const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
      try {
        const context = await browser.newContext({ offline: true, colorScheme: "dark" });
        const page = await context.newPage();
        const errors: string[] = [];
        page.on("pageerror", ({ message }) => errors.push(message));
        await page.goto(pathToFileURL(at("both.html")).href);
        expect(await page.locator(".plot canvas").count()).toBe(9);
        const colours = await page.evaluate<string[]>(
          `[...document.querySelectorAll(".plot canvas")].map((canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return String(new Set(new Uint32Array(data.buffer)).size > 8);
        })`,
        );
        expect(colours).toEqual(Array.from({ length: 9 }, () => "true"));
        expect(await page.locator("figure table caption").first().textContent()).toBe("first: train loss");
        expect(errors).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    180_000, // a browser starts, which on a busy machine takes its time
  );
});
