import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import * as ort from "onnxruntime-node";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCtcConfig, parsePretrainingRunConfig } from "../config/parse-config.js";
import { TINY, toneConfig, writeToneSpeech } from "../fixtures/tone-speech.js";
import { judgeCollapse } from "./collapse-monitor.js";
import type { TrainingEvent } from "./events.js";
import { trainCtc } from "./train-ctc.js";
import { trainPretraining } from "./train-pretraining.js";

let folder = "";
const backend = ortBackend({ ort, threads: 1 });
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pretrain-"));
  await writeToneSpeech(at("data"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pretrain(out: string, { resume = false, stopAfter = -1 } = {}) {
  const config = parsePretrainingRunConfig({
    data: { train: [{ path: at("data") }], dev: [{ path: at("data") }] },
    model: {
      ...TINY,
      num_codevectors_per_group: 8,
      codevector_dim: 16,
      proj_codevector_dim: 16,
      num_negatives: 10,
    },
    batch: { seconds: 4, accumulate: 2 },
    dropout: { features: 0.1, layer: 0.1 },
    masks: { time: { probability: 0.5, length: 4, minSpans: 1 } },
    temperature: [2, 0.5, 0.9],
    optimizer: { rate: 0.003, weightDecay: 0.01, clip: 5 },
    schedule: { kind: "polynomial", warmup: 5 },
    updates: 30,
    logEvery: 10,
    evaluate: { every: 10 },
    checkpoints: { every: 10 },
  });
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  const onEvent = (event: TrainingEvent) => {
    events.push(event);
    if (event.type === "update" && event.update === stopAfter) stop.abort();
  };
  const result = await trainPretraining({
    config,
    backend,
    out: at(out),
    resume,
    onEvent,
    signal: stop.signal,
  });
  return { result, events };
}

describe("pre-training", () => {
  it("lowers the loss, watches its codes, resumes to the bit, and gives a model to fine-tune", async () => {
    const { result, events } = await pretrain("whole");
    const losses = events.flatMap((event) => (event.type === "evaluation" ? [event.metrics["loss"]!] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.1);
    expect(events.filter(({ type }) => type === "monitor")).toHaveLength(3);

    await pretrain("parts", { stopAfter: 13 });
    await pretrain("parts", { resume: true });
    const hash = async (out: string) => createHash("sha256").update(await readFile(at(`${out}/last/model.safetensors`))).digest("hex"); // prettier-ignore
    expect(await hash("parts")).toBe(await hash("whole"));

    const checkpoint = await openCheckpoint(result.folder);
    expect(checkpoint.config).toMatchObject({ architectures: ["Wav2Vec2ForPreTraining"] });
    expect([...checkpoint.weights.keys()]).toContain("quantizer.codevectors");
    await checkpoint.close();
    const fine = await trainCtc({
      config: parseCtcConfig(toneConfig(at("data"), { init: result.folder, model: undefined, updates: 1 })),
      backend,
      out: at("fine"),
    });
    const tuned = await openCheckpoint(fine.folder);
    expect(tuned.weights.has("lm_head.weight") && !tuned.weights.has("quantizer.codevectors")).toBe(true);
    await tuned.close();
  });
});

describe("the collapse monitor", () => {
  const sizes = { groups: 2, codes: 320, negatives: 100 };
  const healthy = {
    codePerplexity: 200,
    probPerplexity: 210,
    accuracy: 0.4,
    identicalShare: 0.02,
    norm: 1,
    temperature: 1,
  };

  it.each([
    [{}, "healthy", /^healthy: accuracy 40\.0 %, 200\.0 of 640 codes in use/],
    [
      { codePerplexity: 3 },
      "collapsing",
      /^collapsing: 3\.0 of 640 codes in use; lower optimizer\.rate, raise/,
    ],
    [{ identicalShare: 0.7 }, "collapsing", /70\.0 % of the negatives equal the positive/],
    [{ codePerplexity: 20 }, "watch", /few codes: 20\.0 of 640/],
    [{ norm: 40 }, "watch", /gradient norm 40\.0 is large/],
    [{ accuracy: 0.01 }, "watch", /accuracy 1\.0 % is chance/],
  ] as const)("%j is %s", (signs, state, text) => {
    const verdict = judgeCollapse({ ...healthy, ...signs }, sizes);
    expect(verdict.state).toBe(state);
    expect(verdict.text).toMatch(text);
  });
});
