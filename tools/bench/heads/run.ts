// Several heads on one pass, and switching languages: prints both tables; see README.md.
import { parseArgs } from "node:util";
import { ortBackend } from "@wav2vec/backend-ort";
import * as ort from "onnxruntime-node";
import { median } from "../peers/median.js";
import type { Timings } from "./in-turns.js";
import { languageSwitch } from "./language-switch.js";
import { onePass } from "./one-pass.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    threads: { type: "string", default: "2" },
    only: { type: "string" },
  },
});
const backend = ortBackend({ ort, threads: Number(values.threads) });
const rounds = Number(values.rounds);

if (values.only !== "languages") {
  console.log(`wav2vec2-base, 10 s, ${rounds} rounds\n`);
  printRatios(await onePass(backend, rounds), "one head");
}
if (values.only !== "heads") {
  const { numbers, firstMilliseconds, firstWorkMilliseconds, againMilliseconds, megabytes, timings } =
    await languageSwitch(backend, rounds);
  console.log(
    `\n48 layers of 1280, adapters of 16: ${numbers} numbers a language, ${((numbers * 4) / 1e6).toFixed(1)} MB\n`,
  );
  console.log("| what | median | least | most |\n|---|---|---|---|");
  printRow("a language for the first time (ms)", firstMilliseconds.slice(1));
  printRow("  of it work of processors (ms)", firstWorkMilliseconds.slice(1));
  printRow("a language that was read before (ms)", againMilliseconds);
  printRow("memory for one more language (MB)", megabytes);
  console.log();
  printRatios(timings, "the same language");
}

/** Each contender against one, round by round. */
function printRatios(timings: Timings, base: string): void {
  console.log(`| what | median s | against ${base} | least | most |\n|---|---|---|---|---|`);
  for (const [name, seconds] of Object.entries(timings)) {
    const ratios = seconds.map((value, round) => value / timings[base]![round]!); // as many rounds
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const fields = [
      name,
      median(seconds).toFixed(3),
      median(ratios).toFixed(3),
      least.toFixed(3),
      most.toFixed(3),
    ];
    console.log(`| ${fields.join(" | ")} |`);
  }
}

function printRow(what: string, numbers: readonly number[]): void {
  const fields = [median(numbers), Math.min(...numbers), Math.max(...numbers)].map((value) =>
    value.toFixed(2),
  );
  console.log(`| ${what} | ${fields.join(" | ")} |`);
}
