// Kills a training run with SIGKILL at random moments and resumes it each time: the last weights must be those of an
// undisturbed run to the bit, and every checkpoint that is visible after a kill must be whole.
// Run: npx tsx --conditions=@wav2vec/source tools/bench/kills/run.ts [kills, default 20] [seed, default 1]
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { createRandom } from "@wav2vec/training";
import { parseCtcConfig, replicaThreads, trainCtc, type TrainingEvent } from "@wav2vec/training/node";
import { writeWav } from "@wav2vec/audio";
import * as ort from "onnxruntime-node";
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const [first = "20", second = "1"] = process.argv.slice(2);
if (first === "train") await train(second);
else await compare(Number(first), Number(second));

/** Everything random at once, and a checkpoint after every third update. */
async function train(folder: string): Promise<void> {
  const config = parseCtcConfig({
    data: { train: [{ path: join(folder, "..", "data") }], dev: [{ path: join(folder, "..", "data") }] },
    model: { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 128, conv_dim: [32, 32, 32, 32, 32, 32, 32], num_conv_pos_embeddings: 16, num_conv_pos_embedding_groups: 4 }, // prettier-ignore
    batch: { seconds: 8, accumulate: 2, replicas: 2 },
    masks: { time: { probability: 0.1, length: 4 } },
    dropout: { layer: 0.1 },
    augment: { speed: [0.9, 1.1], noise: [0, 0.01] },
    optimizer: { rate: 0.002, average: 0.95 },
    updates: 30,
    logEvery: 1,
    evaluate: { every: 10 },
    checkpoints: { every: 3 },
  });
  const onEvent = ({ type }: TrainingEvent) => void (type === "start" && process.send!("started")); // it is forked
  const replicas = replicaThreads(new URL("../training-step/replica.mjs", import.meta.url), 1, {
    threads: 1,
  });
  await trainCtc({ config, backend: ortBackend({ ort, threads: 1 }), out: folder, resume: true, workers: 1, replicas, onEvent }); // prettier-ignore
  await replicas.close();
}

async function compare(kills: number, seed: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "kills-"));
  await writeData(join(folder, "data"));
  const random = createRandom(seed);
  const { milliseconds } = await run(join(folder, "whole"));
  let killed = 0;
  let seen = 0;
  while (killed < kills) {
    const out = join(folder, "killed");
    if ((await run(out, milliseconds * random.uniform())).isWhole) await rm(out, { recursive: true });
    else killed++;
    seen += await openAll(out);
    process.stdout.write(`\r${killed} of ${kills} killed; ${seen} checkpoints seen, all whole`);
  }
  await run(join(folder, "killed"));
  const [whole, resumed] = await Promise.all(
    ["whole", "killed"].map((name) => digest(join(folder, name, "last"))),
  );
  console.log(whole === resumed ? "\nthe weights are those of the undisturbed run" : "\nTHE WEIGHTS DIFFER");
  await rm(folder, { recursive: true });
  process.exitCode = whole === resumed ? 0 : 1;
}

/**
 * @param killAfter milliseconds after its first update began
 * @returns whether it ended before it was killed, and how long its updates took
 */
async function run(out: string, killAfter?: number): Promise<{ isWhole: boolean; milliseconds: number }> {
  const child = fork(fileURLToPath(import.meta.url), ["train", out], { execArgv: process.execArgv });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await Promise.race([ended, once(child, "message")]);
  const start = performance.now();
  if (killAfter !== undefined) {
    await Promise.race([ended, setTimeout(killAfter)]);
    child.kill("SIGKILL");
  }
  const code = await ended;
  if (code !== null && code !== 0) throw new Error(`kills: training ended with code ${code}; see above`);
  return { isWhole: code === 0, milliseconds: performance.now() - start };
}

/** Reads every weight of every checkpoint that has its name. */
async function openAll(out: string): Promise<number> {
  const names = (await readdir(join(out, "checkpoints")).catch(() => [])).filter(
    (name) => !name.startsWith("."),
  );
  for (const name of names) {
    const checkpoint = await openCheckpoint(join(out, "checkpoints", name));
    for (const handle of checkpoint.weights.values()) await handle.read();
    await checkpoint.close();
  }
  return names.length;
}

async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of ["model.safetensors", "optimizer.safetensors"])
    hash.update(await readFile(join(folder, name)));
  return hash.digest("hex");
}

async function writeData(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const random = createRandom(7);
  const lines: string[] = [];
  for (let i = 0; i < 12; i++) {
    const samples = Float32Array.from({ length: 16_000 + 1600 * i }, (_, k) => 0.1 * Math.sin(k / (5 + i)) + 0.01 * random.normal()); // prettier-ignore
    await writeFile(join(folder, `${i}.wav`), writeWav(samples));
    lines.push(JSON.stringify({ file_name: `${i}.wav`, transcription: "abcab".slice(i % 3) }));
  }
  await writeFile(join(folder, "metadata.jsonl"), `${lines.join("\n")}\n`);
}
