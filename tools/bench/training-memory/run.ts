// Holds the memory that `wav2vec train … --dry-run` estimates against what a few updates really take.
// Each configuration runs in a process of its own, on AN4 (needs the shared folder), and is compared by resident memory.
// Run: npx tsx --conditions=@wav2vec/source tools/bench/training-memory/run.ts [shared folder]
import { ortBackend } from "@wav2vec/backend-ort";
import { describeCtcRun, describePretrainingRun, parseCtcConfig, parsePretrainingRunConfig, trainCtc, trainPretraining, type TrainingEvent } from "@wav2vec/training/node"; // prettier-ignore
import * as ort from "onnxruntime-node";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const MODEL = {
  hidden_size: 256,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  intermediate_size: 1024,
  do_stable_layer_norm: true,
  feat_extract_norm: "layer",
  conv_dim: [64, 128, 128, 128, 192, 192, 192],
  conv_bias: true,
  num_conv_pos_embeddings: 64,
};
const COMMON = { model: MODEL, optimizer: { rate: 0.0005 }, updates: 6, evaluate: { every: 100 } };
const CASES = {
  "CTC, 5 M, 36 s": { batch: { seconds: 36 } },
  "CTC, 5 M, 12 s": { batch: { seconds: 12 } },
  "CTC, 5 M, 36 s, rematerialised": { batch: { seconds: 36 }, rematerialise: true },
  "pre-training, 5 M, 36 s": { batch: { seconds: 36 } },
} as const;

const [first, name] = process.argv.slice(2);
const shared = resolve(first ?? fileURLToPath(new URL("../../../../shared", import.meta.url)));
if (name === undefined) compare();
else await measure(name as keyof typeof CASES); // given by compare

function compare(): void {
  console.log("configuration | estimate MB | first update MB | six updates MB | six / estimate");
  for (const each of Object.keys(CASES)) {
    const args = ["--expose-gc", ...process.execArgv, fileURLToPath(import.meta.url), shared, each];
    process.stdout.write(execFileSync(process.execPath, args, { encoding: "utf8" }));
  }
}

async function measure(each: keyof typeof CASES): Promise<void> {
  const train = [{ path: join(shared, "data/an4"), split: "dev" }];
  const out = await mkdtemp(join(tmpdir(), "training-memory-"));
  const resident = () => process.memoryUsage.rss() / 1e6;
  let start = 0;
  let afterFirst = 0;
  const onEvent = (event: TrainingEvent) => {
    if (event.type === "data") {
      globalThis.gc?.();
      start = resident();
    }
    if (event.type === "update" && event.update === 1) afterFirst = process.resourceUsage().maxRSS / 1e3;
  };
  const run = { backend: ortBackend({ ort, threads: 2 }), out, onEvent };
  let bytes: { readonly state: number; readonly batch: number };
  if (each.startsWith("CTC")) {
    const config = parseCtcConfig({ ...COMMON, ...CASES[each], freezeFeatureEncoder: false, data: { train, text: { case: "upper" } } }); // prettier-ignore
    ({ bytes } = await describeCtcRun(config));
    await trainCtc({ ...run, config });
  } else {
    const schedule = { kind: "polynomial", warmup: 100 };
    const config = parsePretrainingRunConfig({ ...COMMON, ...CASES[each], schedule, data: { train } });
    ({ bytes } = await describePretrainingRun(config));
    await trainPretraining({ ...run, config });
  }
  await rm(out, { recursive: true });
  const estimate = (bytes.state + bytes.batch) / 1e6;
  const grown = process.resourceUsage().maxRSS / 1e3 - start;
  console.log([each, estimate.toFixed(0), (afterFirst - start).toFixed(0), grown.toFixed(0), (grown / estimate).toFixed(2)].join(" | ")); // prettier-ignore
}
