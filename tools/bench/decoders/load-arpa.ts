// Loads one ARPA file and queries it: prints [seconds, MiB above before, million queries a second] as JSON.
import { createReadStream } from "node:fs";
import { readArpa } from "@wav2vec/decoders";

const queries = 2_000_000;
const before = process.resourceUsage().maxRSS;
const start = performance.now();
const model = await readArpa(createReadStream(process.argv[2]!));
const seconds = (performance.now() - start) / 1000;
const size = (process.resourceUsage().maxRSS - before) / 1024;

// words by a linear congruential generator, frequent ones more often
const words = new Int32Array(queries);
for (let i = 0, x = 1; i < queries; i++) {
  x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
  words[i] = Math.floor(model.wordCount * (x / 0x80000000) ** 3);
}
const queried = performance.now();
let [state, sum] = [model.beginState, 0];
for (const word of words) {
  sum += model.score(state, word);
  state = model.nextState;
}
const rate = queries / (performance.now() - queried) / 1000;
if (Number.isNaN(sum)) throw new Error("bench: the scores add up to NaN");
console.log(JSON.stringify([seconds, size, rate]));
