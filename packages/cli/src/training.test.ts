import { openCheckpoint } from "@wav2vec/checkpoints";
import { writeWav } from "@wav2vec/audio";
import { hasGoldens, SHARED } from "@wav2vec/testkit";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run-in-process.js";

let folder = "";
const at = (name: string) => join(folder, name);

const CONFIG = `
data:
  train: [{ path: . }]
  text: { case: upper }
model:
  hidden_size: 16
  num_hidden_layers: 1
  num_attention_heads: 2
  intermediate_size: 16
  conv_dim: [8, 8, 8, 8, 8, 8, 8]
  num_conv_pos_embeddings: 8
  num_conv_pos_embedding_groups: 2
optimizer: { rate: 0.001 }
updates: 3
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "train-"));
  const lines = ["hi", "Ha, hi!", ""].map((text, i) =>
    JSON.stringify({ file_name: `${i}.wav`, transcription: text }),
  );
  await writeFile(at("metadata.jsonl"), lines.join("\n"));
  for (const i of [0, 1, 2]) await writeFile(at(`${i}.wav`), writeWav(new Float32Array(16_000).map((_, k) => 0.1 * Math.sin(k / (5 + i))))); // prettier-ignore
  await writeFile(at("config.yaml"), CONFIG);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("wav2vec vocab build", () => {
  it("writes the characters of transcripts, and says how often each occurs", async () => {
    const { code, out } = await run(
      "vocab",
      "build",
      folder,
      "--case",
      "upper",
      "--remove",
      ",!",
      "--out",
      at("vocab.json"),
    );
    expect(code).toBe(0);
    expect(out).toContain("8 tokens from 3 transcripts\nH 3, I 2, A 1\n");
    const vocabulary = JSON.parse(await readFile(at("vocab.json"), "utf8")) as Record<string, number>;
    expect(vocabulary).toEqual({ "<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, A: 5, H: 6, I: 7 });
  });
});

describe("wav2vec train", () => {
  it("describes a run without training, then trains, and goes on only when told", async () => {
    const args = ["train", "ctc", at("config.yaml"), "--out", at("run"), "--threads", "1", "--workers", "1"];
    const described = await run(...args, "--dry-run");
    expect(described.out).toMatch(/lm_head\.weight \[10, 16\]\n/);
    expect(described.out).toMatch(/vocabulary: 10 tokens\ndata: 3 recordings to train on/);
    expect(described.out).toMatch(
      /\nmemory: \d+ MB: 0 MB of weights and moments, \d+ MB for 20 clips of 10 s \(499 frames\)/,
    );
    const trained = await run(...args);
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.err).toMatch(/left out: 2\.wav: no-transcript/);
    expect(trained.out).toMatch(/^finished after 3 updates: .*update-00000003\n$/);
    const checkpoint = await openCheckpoint(at("run/last"));
    expect(checkpoint.vocabulary?.tokens).toHaveLength(10);
    await checkpoint.close();
    expect(await run(...args)).toMatchObject({
      code: 1,
      err: expect.stringContaining("holds a run at update 3; resume it"),
    });
    expect(await run(...args, "--resume", "--quiet")).toMatchObject({ code: 0 });

    expect(await run("train", "report", at("run"), at("run"))).toMatchObject({ code: 2, err: expect.stringContaining("2 runs and no --out") }); // prettier-ignore
    const page = at("both.html");
    expect(await run("train", "report", at("run"), at("run"), "--out", page)).toMatchObject({ code: 0, out: `${page}\n` }); // prettier-ignore
    expect(await readFile(page, "utf8")).toContain("run: train loss");
  });

  it("shares batches among replicas, on as many threads as there are", async () => {
    await writeFile(at("shared.yaml"), `${CONFIG}\nbatch: { seconds: 2, replicas: 2 }\n`);
    const args = ["train", "ctc", at("shared.yaml"), "--workers", "0", "--quiet"];
    expect(await run(...args, "--out", at("two"), "--threads", "2")).toMatchObject({ code: 0 });
    expect(await run(...args, "--out", at("one"), "--threads", "1")).toMatchObject({ code: 0 });
    const weights = (name: string) => readFile(at(`${name}/last/model.safetensors`));
    expect(await weights("one")).toEqual(await weights("two"));
    expect(await run(...args, "--out", at("none"), "--backend", "reference")).toMatchObject({ code: 2, err: expect.stringContaining("--backend reference: batch.replicas is 2; expected 1, or --backend ort") }); // prettier-ignore
  });

  it.skipIf(!hasGoldens)(
    "teaches a multilingual model a language, which transcribe then hears (needs ../shared)",
    async () => {
      const text = `
data: { train: [{ path: . }], text: { case: lower } }
init: ${SHARED}/reference/models/wav2vec2-mms-adapter
parts: adapters
language: xyz
optimizer: { rate: 0.0001 }
updates: 1
`;
      await writeFile(at("language.yaml"), text);
      const args = [
        "train",
        "ctc",
        at("language.yaml"),
        "--out",
        at("language"),
        "--threads",
        "1",
        "--workers",
        "0",
      ];
      expect(await run(...args, "--quiet")).toMatchObject({ code: 0 });
      const model = ["transcribe", at("0.wav"), "--model", at("language/last"), "--threads", "1", "--quiet"];
      const heard = await run(...model, "--language", "xyz");
      expect(heard).toMatchObject({ code: 0, out: expect.stringMatching(/[ahi,!]/) });
      expect((await run(...model)).out).toBe(heard.out);
    },
  );

  it("names every mistake of a configuration, and a file that is not there", async () => {
    await writeFile(at("wrong.yaml"), `${CONFIG}\nupdate: 5\nseed: x\n`);
    const { code, err } = await run("train", "ctc", at("wrong.yaml"), "--out", at("none"));
    expect(code).toBe(1);
    expect(err).toMatch(/2 mistakes\n {2}seed: .*\n {2}\(top\): Unrecognized key: "update"/);
    expect(await run("train", "pretrain", at("gone.yaml"), "--out", at("none"))).toMatchObject({ code: 2 });
  });
});
