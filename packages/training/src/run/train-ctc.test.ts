import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint, openLanguage } from "@wav2vec/checkpoints";
import { hasGoldens, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { createHash } from "node:crypto";
import { chmod, cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCtcConfig } from "../config/parse-config.js";
import { TINY, toneConfig, writeToneSpeech } from "../fixtures/tone-speech.js";
import type { Replicas } from "../trainer/replicas.js";
import type { TrainingEvent } from "./events.js";
import { replicaThreads } from "./replica-threads.js";
import { trainCtc } from "./train-ctc.js";

let folder = "";
let data = "";
const backend = ortBackend({ ort, threads: 1 });
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "train-ctc-"));
  data = at("data");
  await writeToneSpeech(data);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function train(
  out: string,
  changes: Readonly<Record<string, unknown>> = {},
  more: { resume?: boolean; stopAfter?: number; workers?: number; replicas?: Replicas } = {},
) {
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  const result = await trainCtc({
    config: parseCtcConfig(toneConfig(data, changes)),
    backend,
    out: at(out),
    signal: stop.signal,
    ...(more.resume && { resume: true }),
    ...(more.workers !== undefined && { workers: more.workers }),
    replicas: more.replicas,
    onEvent: (event) => {
      events.push(event);
      if (event.type === "update" && event.update === more.stopAfter) stop.abort();
    },
  });
  return { result, events };
}

async function hashes(out: string): Promise<string[]> {
  const files = ["model.safetensors", "optimizer.safetensors"];
  return Promise.all(
    files.map(async (file) =>
      createHash("sha256")
        .update(await readFile(at(`${out}/last/${file}`)))
        .digest("hex"),
    ),
  );
}

/** Everything at once: masks, dropout, layer drop, augmentation, accumulation, a frozen start, averages, own rates. */
const RANDOM = {
  optimizer: { rate: 0.005, clip: 1, average: 0.9, rates: { "encoder.layers.0": 0.5, lm_head: 10 } },
  masks: { time: { probability: 0.1, length: 4 }, channel: { probability: 0.1, length: 4 } },
  dropout: { hidden: 0.1, attention: 0.1, activation: 0.1, layer: 0.2, final: 0.1 },
  augment: { speed: [0.9, 1.1], silenceSeconds: 0.05, noise: [0, 0.01], join: { pauseSeconds: [0.02, 0.1] } },
  batch: { seconds: 4, accumulate: 2 },
  freezeEncoderUpdates: 3,
  updates: 9,
  checkpoints: { every: 4, keep: 1 },
  evaluate: { every: 3 },
};

describe("CTC training from random weights", () => {
  it("learns eight recordings by heart, and writes folders that loaders open", async () => {
    const { result, events } = await train("learn");
    expect(result).toMatchObject({ reason: "finished", update: 150, best: { update: 150 } });
    const evaluation = events.findLast((event) => event.type === "evaluation");
    expect(evaluation?.metrics).toMatchObject({ wer: 0, cer: 0 });
    const checkpoint = await openCheckpoint(at("learn/best"));
    expect(checkpoint.vocabulary?.tokens).toEqual(["<pad>", "<s>", "</s>", "<unk>", "|", "A", "B", "C", "D"]);
    expect(checkpoint.config).toMatchObject({ architectures: ["Wav2Vec2ForCTC"], vocab_size: 9, ...TINY });
    expect(checkpoint.preprocessor).toMatchObject({ doNormalize: true, returnAttentionMask: true });
    await checkpoint.close();
    const lines = (await readFile(at("learn/metrics.jsonl"), "utf8")).trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    expect(lines.filter(({ type }) => type === "update").map(({ update }) => update)).toEqual(Array.from({ length: 15 }, (_, i) => 10 * i + 10)); // prettier-ignore
  });

  it("goes on to the same weights to the bit after a stop at any update, a torn write, and on other threads", async () => {
    const decodedEachTime = { ...RANDOM, data: { train: [{ path: data }], dev: [{ path: data }], text: { case: "upper" }, cacheMegabytes: 0 } }; // prettier-ignore
    await train("whole", decodedEachTime);
    const expected = await hashes("whole");
    await train("parts", decodedEachTime, { stopAfter: 2 });
    await writeFile(at("parts/metrics.jsonl"), '{"update":1}\n{"update":7}\n{"upd'); // as a kill leaves it
    await train("parts", decodedEachTime, { resume: true, stopAfter: 5 });
    await writeFile(at("parts/checkpoints/.update-00000006.1.tmp"), "a checkpoint that was being written");
    const { result } = await train("parts", decodedEachTime, { resume: true, workers: 1 });
    expect(result.update).toBe(9);
    expect(await hashes("parts")).toEqual(expected);
    expect((await readdir(at("parts/checkpoints"))).filter((name) => name.startsWith("."))).toEqual([]);
    const updates = (await readFile(at("parts/metrics.jsonl"), "utf8")).trim().split("\n").map((line) => (JSON.parse(line) as { update: number }).update); // prettier-ignore
    expect(updates).toEqual([1, 3, 6, 9, 9]);
    const files = await readdir(at("parts"));
    expect(files.filter((name) => name.includes("tfevents"))).toHaveLength(3); // one a session
    expect(await readFile(at("parts/report.html"), "utf8")).toContain("dev wer");
  });

  it("cuts batches for replicas, and goes on to the same weights to the bit with or without their threads", async () => {
    const shared = { ...RANDOM, batch: { seconds: 6, replicas: 3 } };
    await train("cut", shared);
    const replicas = replicaThreads(new URL("../fixtures/replica.ts", import.meta.url), 1);
    await train("replicated", shared, { stopAfter: 5, replicas });
    await train("replicated", shared, { resume: true, replicas });
    await replicas.close();
    expect(await hashes("replicated")).toEqual(await hashes("cut"));
    await train("uncut", { ...shared, batch: { seconds: 6 } });
    expect(await hashes("uncut")).not.toEqual(await hashes("cut"));
  });

  it("keeps the checkpoint it goes on from while frozen weights are read there", async () => {
    // The first evaluation, which compiles the model anew, comes when that checkpoint is no longer among the last.
    const frozen = { parts: "head", updates: 6, checkpoints: { every: 1, keep: 1 }, evaluate: { every: 6 } };
    await train("frozen", frozen, { stopAfter: 2 });
    const { result } = await train("frozen", frozen, { resume: true });
    expect(result).toMatchObject({ update: 6, best: { update: 6 } });
    expect(await readdir(at("frozen/checkpoints"))).toEqual(["update-00000006"]);
  });

  it("trains only the head before freezeEncoderUpdates, and only the head with parts: head", async () => {
    const { result } = await train("head", {
      parts: "head",
      updates: 3,
      init: at("learn/best"),
      model: undefined,
    });
    const [before, after] = await Promise.all([
      openCheckpoint(at("learn/best")),
      openCheckpoint(result.folder),
    ]);
    const changed: string[] = [];
    for (const [name, handle] of after.weights) {
      const old = await before.weights.get(name)!.read(); // same model
      if ((await handle.read()).some((x, i) => x !== old[i])) changed.push(name);
    }
    expect(changed.sort()).toEqual(["lm_head.bias", "lm_head.weight"]);
    await Promise.all([before.close(), after.close()]);
  });

  it("puts a new head on an old encoder when there is a vocabulary for it", async () => {
    const vocabulary = at("vocab.json");
    await writeFile(
      vocabulary,
      JSON.stringify({ "<pad>": 0, "<unk>": 1, "|": 2, A: 3, B: 4, C: 5, D: 6, E: 7 }),
    );
    const optimizer = { rate: 1e-6 };
    const { result } = await train("new-head", { vocabulary, updates: 1, freezeEncoderUpdates: 1, init: at("learn/best"), model: undefined, optimizer }); // prettier-ignore
    const [before, after] = await Promise.all([
      openCheckpoint(at("learn/best")),
      openCheckpoint(result.folder),
    ]);
    const [old, own] = [before, after].map(({ weights }) => weights.get("lm_head.weight")!);
    expect(own!.shape).toEqual([8, 32]);
    const row = async (head: typeof own, token: string, { vocabulary }: typeof before) => {
      const at = vocabulary!.tokens.indexOf(token) * 32;
      return (await head!.read()).slice(at, at + 32);
    };
    const gap = async (token: string, other: string) => {
      const [a, b] = [await row(own, token, after), await row(old, other, before)];
      return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
    };
    // Symbols that both have keep their rows, wherever these lie; a new one gets a row of its own.
    for (const token of ["<pad>", "<unk>", "|", "A", "D"]) expect(await gap(token, token)).toBeLessThan(1e-5);
    for (const token of ["<pad>", "|", "A", "D"]) expect(await gap("E", token)).toBeGreaterThan(1e-2);
    await Promise.all([before.close(), after.close()]);
  });

  it.skipIf(!hasGoldens)(
    "trains only adapters and head of a model that has adapters (needs ../shared)",
    async () => {
      const init = `${SHARED}/reference/models/wav2vec2-mms-adapter`;
      const lower = { train: [{ path: data }], dev: [], text: { case: "lower" } };
      const { result } = await train("adapters", { parts: "adapters", language: "xyz", updates: 2, init, model: undefined, data: lower }); // prettier-ignore
      const [before, after] = await Promise.all([openCheckpoint(init), openCheckpoint(result.folder)]);
      const changed: string[] = [];
      for (const [name, handle] of after.weights) {
        const old = await before.weights.get(name)!.read(); // same model
        if (old.length !== handle.shape.reduce((n, dim) => n * dim, 1) || (await handle.read()).some((x, i) => x !== old[i])) changed.push(name); // prettier-ignore
      }
      expect(changed.filter((name) => !name.includes(".adapter_layer.")).sort()).toEqual(["lm_head.bias", "lm_head.weight"]); // prettier-ignore
      const adapters = changed.filter((name) => name.includes(".adapter_layer."));
      expect(adapters).toHaveLength(12);

      // The language lies in a file of its own too, which fits into the folder that training started from.
      expect(after.tokenizer.targetLang).toBe("xyz");
      expect(after.vocabulary?.tokens).toEqual(["<pad>", "<s>", "</s>", "<unk>", "|", "a", "b", "c", "d"]);
      await cp(init, at("mms"), { recursive: true });
      await chmod(at("mms"), 0o755); // the copy is as read-only as the original
      await cp(join(result.folder, "adapter.xyz.safetensors"), at("mms/adapter.xyz.safetensors"));
      const [theirs, ours] = await Promise.all([`${init}/vocab.json`, join(result.folder, "vocab.json")].map(async (path) => JSON.parse(await readFile(path, "utf8")) as object)); // prettier-ignore
      await rm(at("mms/vocab.json"), { force: true });
      await writeFile(at("mms/vocab.json"), JSON.stringify({ ...theirs, ...ours }));
      const body = await openCheckpoint(at("mms"));
      const speaking = await openLanguage(body, "xyz");
      expect(speaking.vocabulary).toEqual(after.vocabulary);
      for (const [name, handle] of after.weights)
        expect(await speaking.weights.get(name)!.read()).toEqual(await handle.read());
      await Promise.all([speaking.close(), body.close()]);
      await Promise.all([before.close(), after.close()]);
    },
  );

  it("stops when numbers diverge, and names the recordings of the batch", async () => {
    const wild = {
      optimizer: { rate: 1e30, epsRule: "torch" },
      schedule: { kind: "cosine", warmup: 0 },
      updates: 5,
    };
    await expect(train("wild", wild)).rejects.toThrow(
      /training: update \d: (loss|gradient norm) is (NaN|Infinity) in the batch of clip\d\.wav.*lower optimizer\.rate/,
    );
  });

  it("refuses a folder that holds a run, other settings on resume, and a missing adapter", async () => {
    await expect(train("learn")).rejects.toThrow(
      /holds a run at update 150; resume it, or choose another folder/,
    );
    await expect(train("learn", { seed: 2 }, { resume: true })).rejects.toThrow(
      /other settings: seed: 1 → 2/,
    );
    await expect(train("none", { parts: "adapters" })).rejects.toThrow(
      /parts is adapters, but the model has no adapters/,
    );
  });

  it("goes on with a run that was begun before a setting there was, at its default", async () => {
    await train("older", { updates: 3 }, { stopAfter: 2 });
    const [checkpoint = ""] = await readdir(at("older/checkpoints"));
    const file = at(`older/checkpoints/${checkpoint}/run.json`);
    const state = JSON.parse(await readFile(file, "utf8")) as { config: { batch: Record<string, unknown> } };
    expect(state.config.batch["replicas"]).toBe(1);
    delete state.config.batch["replicas"];
    await writeFile(file, JSON.stringify(state));
    await expect(
      train("older", { updates: 3, batch: { seconds: 6, replicas: 2 } }, { resume: true }),
    ).rejects.toThrow(/other settings: batch\.replicas: 1 → 2/);
    expect((await train("older", { updates: 3 }, { resume: true })).result.update).toBe(3);
    await train("gone", { updates: 3 }, { stopAfter: 1 });
    const [first = ""] = await readdir(at("gone/checkpoints"));
    const gone = at(`gone/checkpoints/${first}/run.json`);
    await writeFile(gone, (await readFile(gone, "utf8")).replace('"seed"', '"seedling": 1, "seed"'));
    await expect(train("gone", { updates: 3 }, { resume: true })).rejects.toThrow(
      /run\.json: .*\n.*"seedling"/,
    );
  });

  it("stops early when the dev part gets no better", async () => {
    const { result } = await train("patience", { optimizer: { rate: 1e-30 }, updates: 50, evaluate: { every: 1, patience: 3 } }); // prettier-ignore
    expect(result).toMatchObject({ reason: "patience", update: 4, best: { update: 1 } });
  });
});
