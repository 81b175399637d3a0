// Recognition in a page against transformers.js, in turns in one Chromium: `npx tsx browser/run.ts --models MODELS`.
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../peers/median.js";
import { openPage } from "./open-page.js";
import type { ContenderName } from "./page.js";

const { values } = parseArgs({
  options: {
    models: { type: "string" },
    model: { type: "string", default: "wav2vec2-base" },
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "9" },
    threads: { type: "string", default: "2" },
  },
});
if (values.models === undefined)
  throw new Error("bench: --models is missing; expected the folder of exported models, see peers/README.md");
const [seconds, rounds, threads] = [Number(values.seconds), Number(values.rounds), Number(values.threads)];

const require = createRequire(import.meta.url);
const fromPeer = createRequire(require.resolve("@huggingface/transformers"));
const folders = {
  "/models": resolve(values.models),
  "/peer-runtime": dirname(fromPeer.resolve("onnxruntime-web")),
};
const names: readonly ContenderName[] = ["ours", "transformers.js"];
const runs = new Map<ContenderName, number[]>(names.map((name) => [name, []]));
const texts = new Map<ContenderName, string>();
const opened = await Promise.all(names.map(() => openPage(join("browser", "index.html"), folders)));
try {
  for (const [i, name] of names.entries()) {
    const { page, origin } = opened[i]!; // one for each
    const settings = { models: `${origin}/models/`, model: values.model, threads };
    const load = await page.evaluate(([who, what]) => window.bench.load(who, what), [
      name,
      settings,
    ] as const);
    const first = await page.evaluate((length) => window.bench.transcribe(length), seconds);
    await page.evaluate((length) => window.bench.transcribe(length), seconds); // warm
    texts.set(name, first.text);
    const megabytes = (await page.evaluate(() => window.bench.memory())) / 1e6;
    console.log(
      `${name}: load ${load.seconds.toFixed(2)} s, first run ${first.seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB, "${first.text.slice(0, 40)}"`,
    );
  }
  if (new Set(texts.values()).size > 1)
    throw new Error(`bench: the contenders heard different texts: ${JSON.stringify([...texts])}`);
  for (let round = 0; round < rounds; round++)
    for (const [i, name] of names.entries()) {
      const { page } = opened[i]!; // one for each
      runs
        .get(name)!
        .push((await page.evaluate((length) => window.bench.transcribe(length), seconds)).seconds);
    }
} finally {
  for (const { close } of opened) await close();
}

const spread = (values: readonly number[]) =>
  `${median(values).toFixed(3)} (${Math.min(...values).toFixed(3)} – ${Math.max(...values).toFixed(3)})`;
for (const [name, times] of runs)
  console.log(`${name}: ${spread(times)} s for ${seconds} s, ${threads} threads`);
const theirs = runs.get("transformers.js")!;
console.log(
  `ours ÷ transformers.js, round by round: ${spread(runs.get("ours")!.map((own, i) => own / theirs[i]!))}`,
);
