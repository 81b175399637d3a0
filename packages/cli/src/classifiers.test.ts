import { openCheckpoint } from "@wav2vec/checkpoints";
import { writeWav } from "@wav2vec/audio";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run-in-process.js";

let folder = "";
const at = (name: string) => join(folder, name);

/** Two kinds of tones by four voices; a random encoder tells them apart. */
const CONFIG = `
data:
  train: [{ path: . }]
  hold: { by: speaker_id, folds: 2 }
target: { kind: class, column: height }
head: { kind: sequence, projectionSize: 8 }
model:
  hidden_size: 32
  num_hidden_layers: 1
  num_attention_heads: 2
  intermediate_size: 32
  conv_dim: [16, 16, 16, 16, 16, 16, 16]
  conv_bias: true
  num_conv_pos_embeddings: 16
  num_conv_pos_embedding_groups: 4
  do_stable_layer_norm: true
  feat_extract_norm: layer
batch: { seconds: 20 }
optimizer: { rate: 0.02, epsRule: torch }
updates: 5
evaluate: { every: 5 }
checkpoints: { every: 5 }
`;
const TASKS = `
tasks:
  - { name: KS, title: height of a tone, config: height.yaml, metric: accuracy, fineTune: { rate: 0.001, updates: 2 } }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "classifiers-"));
  const lines: string[] = [];
  for (let i = 0; i < 16; i++) {
    const [height, speed] = i % 2 === 0 ? (["low", 0.1] as const) : (["high", 1] as const);
    const samples = new Float32Array(8000).map(
      (_, k) => 0.2 * Math.sin(k * speed * (1 + 0.01 * (i >> 2))) + 0.02 * Math.sin((k + 977 * i) ** 2),
    ); // a tone in noise
    await writeFile(at(`${i}.wav`), writeWav(samples));
    lines.push(JSON.stringify({ file_name: `${i}.wav`, height, speaker_id: `voice${i >> 2}` }));
  }
  await writeFile(at("metadata.jsonl"), lines.join("\n"));
  await writeFile(at("height.yaml"), CONFIG);
  await writeFile(at("tasks.yaml"), TASKS);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("classifiers on the command line", () => {
  it("are described, trained, resumed, and probed beside baselines", async () => {
    const args = [
      "train",
      "classify",
      at("height.yaml"),
      "--out",
      at("run"),
      "--threads",
      "1",
      "--workers",
      "0",
    ];
    const described = await run(...args, "--dry-run");
    expect(described.out).toMatch(/classifier\.weight \[2, 8\]\n/);
    expect(described.out).toContain("2 labels: high, low\n");
    const trained = await run(...args);
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.err).toMatch(/train: 8 recordings[^]*dev: 8 recordings[^]*accuracy [01]/);
    expect(await run(...args, "--resume")).toMatchObject({ code: 0 });
    const checkpoint = await openCheckpoint(at("run/best"));
    expect(checkpoint.config).toMatchObject({ id2label: { 0: "high", 1: "low" } });
    await checkpoint.close();

    const bench = ["bench", "superb", at("tasks.yaml"), "--model", at("run/last"), "--out", at("bench"), "--threads", "1", "--encoders", "frozen,mfcc"]; // prettier-ignore
    const { code, out, err } = await run(...bench);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(
      /\| task \| what \| train \/ dev clips \| metric \| encoder, frozen \| MFCC, linear \|\n[^]*\| KS \| height of a tone \| 8 \/ 8 \| accuracy \| [\d.]+ % \([\d.]+ to [\d.]+\) \| 100\.0 % \(100\.0 to 100\.0\) \|\n$/,
    );
    expect(await readFile(at("bench/results.md"), "utf8")).toBe(out);
    const json = JSON.parse(await readFile(at("bench/results.json"), "utf8")) as { tasks: { results: { mfcc: { folds: unknown[] } } }[] }; // prettier-ignore
    expect(json.tasks[0]!.results.mfcc.folds).toHaveLength(2);

    // What was measured is kept: to measure it again would fail, for its recordings are gone.
    await rename(at("metadata.jsonl"), at("elsewhere.jsonl"));
    expect(await run(...bench)).toMatchObject({ code: 0, out });
    const others = await run(...bench, "--encoders", "frozen,random");
    expect(others).toMatchObject({ code: 1, err: expect.stringMatching(/^KS random failed: /m) as string });
    expect(others.out).toMatch(/\| KS .* \| – \|\n$/);
    await rename(at("elsewhere.jsonl"), at("metadata.jsonl"));

    expect(await run(...bench, "--encoders", "frozen,sun")).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        '--encoders: "sun"; expected some of frozen,fine-tuned,random,mfcc',
      ) as string,
    });
    await writeFile(at("wrong.yaml"), TASKS.replace("accuracy", "wer"));
    const wrong = await run("bench", "superb", at("wrong.yaml"), "--model", at("run/last"), "--out", at("wrong"), "--encoders", "mfcc"); // prettier-ignore
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("metric is wer; expected one of accuracy") as string }); // prettier-ignore
  }, 120_000);
});
