// The floor of wav2vec2-base on ONNX Runtime's WASM, its products alone: `npx tsx browser/products.ts [seconds] [threads]`.
import { join } from "node:path";
import { median } from "../peers/median.js";
import { openPage } from "./open-page.js";

const [seconds = 10, threads = 2] = process.argv.slice(2).map(Number);
const ROUNDS = 9;
const { page, close } = await openPage(join("browser", "index.html"), {});
try {
  await page.evaluate((count) => window.bench.load("products", { models: "", model: "", threads: count }), threads); // prettier-ignore
  const times: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const { seconds: taken } = await page.evaluate((length) => window.bench.transcribe(length), seconds);
    if (round >= 0) times.push(taken); // two to warm up
  }
  console.log(
    `products alone: ${median(times).toFixed(3)} (${Math.min(...times).toFixed(3)} – ${Math.max(...times).toFixed(3)}) s for ${seconds} s, ${threads} threads`,
  );
} finally {
  await close();
}
