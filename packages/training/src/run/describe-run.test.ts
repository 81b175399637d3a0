import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCtcConfig, parsePretrainingRunConfig } from "../config/parse-config.js";
import { TINY, toneConfig, writeToneSpeech } from "../fixtures/tone-speech.js";
import { describeCtcRun, describePretrainingRun } from "./describe-run.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "describe-"));
  await writeToneSpeech(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ctc = (changes: Readonly<Record<string, unknown>>) =>
  describeCtcRun(parseCtcConfig(toneConfig(folder, changes)));

describe("what a run will take", () => {
  it("counts what stays: weights, moments, sums over batches, averages", async () => {
    const { parameters, trained, bytes, entries, tokens } = await ctc({});
    expect({ entries, tokens }).toEqual({ entries: { train: 8, dev: 8 }, tokens: 9 });
    expect(trained).toBe(parameters);
    expect(bytes.state).toBe(3 * 4 * parameters);
    expect((await ctc({ batch: { accumulate: 2 } })).bytes.state).toBe(4 * 4 * parameters);
    const average = { optimizer: { rate: 1, average: 0.9 } };
    expect((await ctc(average)).bytes.state).toBe(4 * 4 * parameters);
    // Two more copies: weights of their own and where both read them, gradients where they make them and where they are read.
    expect((await ctc({ batch: { replicas: 3 } })).bytes.state).toBe((3 + 2 + 1 + 2 + 2) * 4 * parameters);
    const head = await ctc({ parts: "head" });
    expect(head.trained).toBe(9 * 32 + 9);
    expect(head.bytes.state).toBe(4 * (parameters + 2 * head.trained));
  });

  it("counts a batch by its seconds, cut into clips of about ten", async () => {
    const bytesOf = async (seconds: number, changes = {}) =>
      (await ctc({ batch: { seconds }, ...changes })).bytes.batch;
    const [one, four] = [await bytesOf(10), await bytesOf(40)];
    expect(four / one).toBeGreaterThan(3.8);
    expect(four / one).toBeLessThan(4.05);
    expect((await ctc({ batch: { seconds: 36 } })).batch).toEqual({ clips: 4, seconds: 9, frames: 449 });
    expect((await ctc({ batch: { seconds: 36, clips: 1 } })).batch).toMatchObject({ clips: 1, seconds: 30 });
    // The conv features of 16 channels in float32: the least that one layer's output of 40 s takes.
    expect(four).toBeGreaterThan(((40 * 16_000) / 5) * 16 * 4);
    const [deep, again] = await Promise.all([false, true].map((rematerialise) => bytesOf(40, { rematerialise, model: { ...TINY, num_hidden_layers: 8, conv_dim: [4, 4, 4, 4, 4, 4, 4] } }))); // prettier-ignore
    expect(again! / deep!).toBeLessThan(0.95); // two results
    expect(await bytesOf(40, { parts: "head" })).toBeLessThan(four / 2);
  });

  it("counts clips that are joined as one, with the longest pause between", async () => {
    const joined = { augment: { join: { probability: 0.5, pauseSeconds: [0.1, 1] } } };
    const { batch, bytes } = await ctc({ batch: { seconds: 36 }, ...joined });
    expect(batch).toEqual({ clips: 2, seconds: 19, frames: 949 });
    expect(bytes.batch).toBeGreaterThan((await ctc({ batch: { seconds: 36 } })).bytes.batch);
    expect((await ctc({ batch: { seconds: 36, clips: 1 }, ...joined })).batch.seconds).toBe(30);
  });

  it("counts recordings of noise, and says where there are none", async () => {
    const withNoise = (path: string) => ctc({ augment: { recordings: { path } } });
    expect((await withNoise(folder)).noise).toBe(8);
    expect((await ctc({})).noise).toBeUndefined();
    await expect(withNoise(join(folder, "nowhere"))).rejects.toThrow(
      "does not exist, or is no folder; augment.recordings expects",
    );
  });

  it("describes pre-training alike", async () => {
    const { bytes, parameters, batch } = await describePretrainingRun(
      parsePretrainingRunConfig({
        data: { train: [{ path: folder }] },
        model: TINY,
        batch: { seconds: 20 },
        optimizer: { rate: 1 },
        schedule: { kind: "linear", warmup: 1 },
        updates: 1,
      }),
    );
    expect(bytes.state).toBe(12 * parameters);
    expect(batch).toMatchObject({ clips: 2, seconds: 10 });
    expect(bytes.batch).toBeGreaterThan(((20 * 16_000) / 5) * 16 * 4);
  });
});
