import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import * as core from "@wav2vec/core";
import { maskedMean } from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseClassificationConfig } from "../config/parse-config.js";
import { classifierConfig, writeToneClasses } from "../fixtures/tone-classes.js";
import { TINY } from "../fixtures/tone-speech.js";
import type { TrainingEvent } from "../run/events.js";
import { trainClassification, type ClassificationRunOptions } from "./train-classification.js";

let folder = "";
const backend = ortBackend({ ort, threads: 1 });
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "classify-"));
  await writeToneClasses(at("data"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains, and gives what the last evaluation measured. */
async function classify(
  out: string,
  changes: Readonly<Record<string, unknown>> = {},
  { stopAfter = -1, ...options }: Partial<ClassificationRunOptions> & { readonly stopAfter?: number } = {},
) {
  const config = parseClassificationConfig(classifierConfig(at("data"), changes));
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  const onEvent = (event: TrainingEvent) => {
    events.push(event);
    if (event.type === "update" && event.update === stopAfter) stop.abort();
  };
  const result = await trainClassification({ config, backend, out: at(out), onEvent, signal: stop.signal, ...options }); // prettier-ignore
  const metrics = events.findLast((event) => event.type === "evaluation")?.metrics ?? {};
  const encoded = events.filter((event) => event.type === "encoding").length;
  return { result, metrics, events, encoded };
}

const hashOf = async (path: string) =>
  createHash("sha256").update(await readFile(at(path))).digest("hex"); // prettier-ignore

describe("training a classifier", () => {
  it("learns classes on a frozen encoder, keeps what it computed once, and resumes to the bit", async () => {
    const { metrics, encoded } = await classify("whole");
    expect(metrics).toMatchObject({ accuracy: 1, macroF1: 1, uar: 1 });
    expect(encoded).toBeGreaterThan(0);
    const files = await readdir(at("whole/features"));
    expect(files.length).toBeGreaterThan(0);
    const row = await readFile(join(at("whole/features"), files[0]!));
    expect(row.length).toBeLessThan(24 * 3 * 32 * 4 + 6000); // a mean of each layer, not frames

    await classify("parts", {}, { stopAfter: 17 });
    await classify("parts", {}, { resume: true });
    expect(await hashOf("parts/last/model.safetensors")).toBe(await hashOf("whole/last/model.safetensors"));
  });

  it("gives the same weights from kept rows as from the encoder itself", async () => {
    const plain = { updates: 3, evaluate: { every: 3 }, checkpoints: { every: 3 } };
    await classify("kept", { ...plain, parts: "head-and-layers" });
    const whole = {
      ...plain,
      parts: "all",
      freezeEncoderUpdates: 1000,
      dropout: { hidden: 0, attention: 0 },
    };
    await classify("encoder", whole);
    const [kept, encoder] = await Promise.all(
      ["kept", "encoder"].map((out) => openCheckpoint(at(`${out}/last`))),
    );
    for (const key of ["layer_weights", "projector.weight", "classifier.weight", "classifier.bias"]) {
      const [a, b] = await Promise.all([kept!, encoder!].map(({ weights }) => weights.get(key)!.read()));
      const largest = Math.max(...b!.map(Math.abs));
      expect(largest).toBeGreaterThan(0.001);
      a!.forEach((x, i) => expect(Math.abs(x - b![i]!)).toBeLessThan(1e-3 * largest));
    }
    await Promise.all([kept!.close(), encoder!.close()]);
  });

  it("writes a folder with labels and names as Hugging Face has them", async () => {
    const { result } = await classify("folder", { updates: 1 });
    const config = JSON.parse(await readFile(join(result.folder, "config.json"), "utf8")) as unknown;
    expect(config).toMatchObject({
      architectures: ["Wav2Vec2ForSequenceClassification"],
      id2label: { 0: "high", 1: "low", 2: "middle" },
      label2id: { high: 0, low: 1, middle: 2 },
      use_weighted_layer_sum: true,
      classifier_proj_size: 256,
      problem_type: "single_label_classification",
    });
    const header = await readFile(join(result.folder, "model.safetensors"), "latin1");
    expect(header).toContain('"classifier.weight"');
    expect(header).toContain('"wav2vec2.encoder.layer_norm.weight"');
  });

  it("learns with everything else: values, labels, frames, voices, and the encoder too", async () => {
    const data = { train: [{ path: at("data") }], dev: [{ path: at("data") }] };
    const longer = { data, updates: 150, evaluate: { every: 150 } };
    const values = await classify("values", { ...longer, target: { kind: "values", columns: ["height"] }, optimizer: { rate: 0.005, clip: 5, epsRule: "torch" } }); // prettier-ignore
    expect(values.metrics["ccc"]).toBeGreaterThan(0.9);
    const chosen = { kind: "labels", column: "tags", labels: ["low", "loud"] }; // odd cannot be heard
    const labels = await classify("labels", { ...longer, target: chosen });
    expect(labels.metrics).toMatchObject({ macroF1: 1, exact: 1 });
    const stops = { data: { train: [{ path: at("data"), limit: 1 }], dev: data.dev, defects: "stop" }, target: { kind: "labels", column: "tags" } }; // prettier-ignore
    await expect(classify("stops", stops)).rejects.toThrow('no-label: "odd" of column "tags" is no label of the training data'); // prettier-ignore
    const frames = await classify("frames", { ...longer, target: { kind: "frames", outside: "silence" } });
    expect(frames.metrics["accuracy"]).toBeGreaterThan(0.85); // 0.78 are tone
    const all = await classify("all", { parts: "all", optimizer: { rate: 0.003, clip: 5, epsRule: "torch", headRate: 5 }, updates: 40, evaluate: { every: 40 } }); // prettier-ignore
    expect(all.metrics["accuracy"]).toBe(1);
    expect(all.encoded).toBe(0);
  }, 120_000);

  it("learns voices with a margin, and judges others by pairs", async () => {
    const head = { kind: "xvector", dims: [24, 48], kernels: [3, 1], dilations: [1, 1], embeddingSize: 16 };
    const { metrics, result } = await classify("voices", {
      target: { kind: "class", openSet: true },
      head,
      loss: { kind: "aam-softmax", scale: 15 },
      optimizer: { rate: 0.005, clip: 5, epsRule: "torch" },
      data: { train: [{ path: at("data") }], dev: [{ path: at("data"), split: "dev" }] },
    });
    expect(metrics["eer"]).toBeLessThan(0.1);
    expect(metrics["trials"]).toBe(15); // pairs of 6 recordings
    const checkpoint = await openCheckpoint(result.folder);
    expect(checkpoint.config).toMatchObject({ architectures: ["Wav2Vec2ForXVector"], tdnn_dim: [24, 48] });
    expect(checkpoint.weights.get("objective.weight")?.shape).toEqual([16, 3]);
    await checkpoint.close();
  });

  it("takes the dev part from the training data, by speaker", async () => {
    const data = { train: [{ path: at("data") }], hold: { by: "speaker_id", folds: 4, fold: 2 } };
    const { events } = await classify("hold", { data, updates: 1 });
    const counts = events.flatMap((event) => (event.type === "data" ? [[event.part, event.clips]] : []));
    expect(counts).toEqual([["train", 18], ["dev", 6]]); // prettier-ignore
    await expect(classify("hold2", { data: { ...data, hold: { folds: 5 } }, updates: 1 })).rejects.toThrow("4 groups cannot make 5 folds"); // prettier-ignore
  });

  it("trains the README's own head by the same loop", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const [, code = ""] = /```js own-head\n([^]*?)```/.exec(readme) ?? [];
    const here = code
      .replace(/import (?:\* as )?(.*) from "(.*)";/g, 'const $1 = modules["$2"];')
      .replace('init: "facebook/wav2vec2-base"', "model")
      .replaceAll('"data"', "data")
      .replace('"run"', "out")
      .concat("return folder;");
    const { ["constructor"]: Program } = async function () {};
    const modules = { "@wav2vec/core": core, "@wav2vec/backend-ort": { ortBackend }, "onnxruntime-node": ort, "@wav2vec/training/node": { parseClassificationConfig, trainClassification } }; // prettier-ignore
    const program = Program("modules", "model", "data", "out", here) as (
      ...args: unknown[]
    ) => Promise<string>; // an async function
    const checkpoint = await openCheckpoint(await program(modules, TINY, at("data"), at("own")));
    expect(checkpoint.config).toMatchObject({ architectures: ["Wav2Vec2Model"], id2label: { 0: "high" } });
    expect(checkpoint.weights.get("own.outer.weight")?.shape).toEqual([3, 48]);
    await checkpoint.close();
    const last = (await readFile(at("own/metrics.jsonl"), "utf8")).trim().split("\n").at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ type: "evaluation", accuracy: 1 });
  });

  it("refuses a head that does not fit", async () => {
    const head: ClassificationRunOptions["head"] = () => ({ last, frameCounts }) => ({ other: maskedMean(last, frameCounts) }); // prettier-ignore
    await expect(classify("own2", { head: { kind: "sequence" } }, { head })).rejects.toThrow("one is configured and one is passed in"); // prettier-ignore
    await expect(classify("own3", {}, { head })).rejects.toThrow(/the head gives other of rank 2; expected "logits"/); // prettier-ignore
  });
});
