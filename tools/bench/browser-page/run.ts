// The page while it works: long tasks of its main thread and frames it drops during transcription, and memory over runs.
//
//   npx tsx --conditions=@wav2vec/source tools/bench/browser-page/run.ts [--runs 20] [--seconds 30] [--backend wasm|webgpu] [--build]
//
// Memory is that of the page and its workers together (performance.measureUserAgentSpecificMemory), after each run.
// https://developer.mozilla.org/docs/Web/API/PerformanceLongTaskTiming
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readAudio, writeWav } from "@wav2vec/audio";
import type { Page } from "playwright";
import buildPage from "../../../apps/playground/tests/build-page.js";
import { EXAMPLES, openPage, ready, startSite } from "../../../apps/playground/tests/open-page.js";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    seconds: { type: "string", default: "30" },
    backend: { type: "string", default: "wasm" },
    build: { type: "boolean", default: false },
  },
});
process.env["CHROMIUM"] ??= "/usr/bin/chromium";

/** What the page saw. */
interface Watched {
  /** Milliseconds of tasks over 50 ms. */
  readonly longTasks: readonly number[];
  /** Milliseconds between frames. */
  readonly frames: readonly number[];
}

/** Watches the main thread from now on; a text, because compilers put calls of their own into functions. */
const WATCH = `
  const seen = (globalThis.watched = { longTasks: [], frames: [] });
  new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
  let last = performance.now();
  requestAnimationFrame(function frame(now) {
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  });
`;

/** What was seen, and forgets it. */
const take = (page: Page) =>
  page.evaluate(() => {
    const { watched } = globalThis as unknown as { watched: { longTasks: number[]; frames: number[] } }; // WATCH has set it
    return { longTasks: watched.longTasks.splice(0), frames: watched.frames.splice(0) };
  });

/** Bytes of the page and its workers, after a collection of garbage. */
async function memory(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.detach();
  return page.evaluate(async () => {
    const measure = performance as unknown as {
      measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
    }; // of Chromium, in isolated pages
    return (await measure.measureUserAgentSpecificMemory()).bytes;
  });
}

/** The demo recording, again and again, as a file: Playwright would hand bytes to the page in a long task of its own. */
async function longRecording(path: string, seconds: number): Promise<void> {
  const { samples } = await readAudio(`${EXAMPLES}digits.wav`);
  const long = new Float32Array(seconds * 16_000);
  for (let at = 0; at < long.length; at += samples.length)
    long.set(samples.subarray(0, long.length - at), at);
  writeFileSync(path, writeWav(long));
}

if (values.build) await buildPage();
const site = await startSite();
const folder = mkdtempSync(join(tmpdir(), "wav2vec-page-"));
try {
  const { page } = await openPage(site);
  await page.getByLabel("Computes on").selectOption(values.backend);
  await page.getByRole("button", { name: "Open model" }).click();
  await ready(page, values.backend === "wasm" ? "on WASM" : "on WebGPU");
  await page.evaluate(WATCH);
  const status = page.getByText(/transcribed in .* on this machine/);
  const all: { computing: Watched; drawing: Watched }[] = [];
  const bytes: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const name = `run-${run + 1}.wav`;
    await longRecording(join(folder, name), Number(values.seconds));
    await take(page);
    await page.getByLabel("Drop a recording here").setInputFiles(join(folder, name));
    await page.getByRole("heading", { name }).waitFor({ timeout: 120_000 });
    await status.waitFor({ timeout: 600_000 });
    const computing = await take(page);
    await page.waitForTimeout(1500); // pictures of the whole recording
    all.push({ computing, drawing: await take(page) });
    bytes.push(await memory(page));
    const longest = (watched: Watched) => Math.max(0, ...watched.longTasks).toFixed(0);
    console.log(`run ${run + 1}: longest task ${longest(computing)} ms computing, ${longest(all.at(-1)!.drawing)} ms drawing, ${(bytes.at(-1)! / 2 ** 20).toFixed(0)} MiB`); // prettier-ignore
  }
  const computing = all.slice(1).flatMap((run) => run.computing.frames); // the first run compiles
  const long = all.slice(1).flatMap((run) => run.computing.longTasks);
  const share = computing.filter((ms) => ms < 25).length / Math.max(1, computing.length);
  console.log(`\n| while transcribing ${values.seconds} s on ${values.backend} | |\n|---|---|`);
  console.log(`| tasks of 50 ms or more on the page's thread | ${long.length} in ${all.length - 1} runs, longest ${Math.max(0, ...long).toFixed(0)} ms |`); // prettier-ignore
  console.log(`| frames on time (60 a second) | ${(100 * share).toFixed(1)} % of ${computing.length} |`);
  console.log(`| memory, second run and last | ${(bytes[1]! / 2 ** 20).toFixed(1)} and ${(bytes.at(-1)! / 2 ** 20).toFixed(1)} MiB |`); // prettier-ignore
} finally {
  await site.close();
  rmSync(folder, { recursive: true });
}
