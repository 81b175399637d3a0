import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import * as ort from "onnxruntime-node";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCtcConfig } from "../config/parse-config.js";
import { toneConfig, writeToneSpeech } from "../fixtures/tone-speech.js";
import type { TrainingEvent } from "./events.js";
import { trainCtc } from "./train-ctc.js";

let folder = "";
const backend = ortBackend({ ort, threads: 1 });
const at = (name: string) => join(folder, name);
const NO_DROPOUT = { hidden: 0, attention: 0 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kept-features-"));
  await writeToneSpeech(at("speech"));
  await train("encoder", { updates: 1, dropout: NO_DROPOUT });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function train(
  out: string,
  changes: Readonly<Record<string, unknown>>,
  more: { resume?: boolean; stopAfter?: number; onStart?: () => void } = {},
) {
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  const data = { train: [{ path: at("speech") }], text: { case: "upper" } };
  await trainCtc({
    config: parseCtcConfig(toneConfig(at("speech"), { data, batch: { seconds: 6 }, ...changes })),
    backend,
    out: at(out),
    signal: stop.signal,
    resume: more.resume ?? false,
    onEvent: (event) => {
      events.push(event);
      if (event.type === "start") more.onStart?.();
      if (event.type === "update" && event.update === more.stopAfter) stop.abort();
    },
  });
  return events;
}

const ofHead = (changes = {}) => ({ init: at("encoder/last"), model: undefined, parts: "head", updates: 12, dropout: NO_DROPOUT, ...changes }); // prettier-ignore

async function headOf(out: string): Promise<number[]> {
  const checkpoint = await openCheckpoint(at(`${out}/last`));
  const values = await checkpoint.weights.get("lm_head.weight")!.read(); // a recogniser has one
  await checkpoint.close();
  return [...values];
}

describe("features that are kept", () => {
  it("train the head as the encoder in each step does, without hearing a recording again", async () => {
    await train("each", ofHead());
    await cp(at("speech"), at("gone"), { recursive: true });
    const data = { train: [{ path: at("gone") }], text: { case: "upper" }, cacheMegabytes: 0 };
    const events = await train("kept", ofHead({ cache: {}, data }), { onStart: () => rmSync(at("gone"), { recursive: true }) }); // prettier-ignore
    expect(events.some(({ type }) => type === "defect")).toBe(false);
    const [each, kept] = [await headOf("each"), await headOf("kept")];
    const scale = Math.max(...each.map(Math.abs));
    const worst = Math.max(...each.map((value, i) => Math.abs(value - kept[i]!))) / scale;
    expect(worst).toBeLessThan(1e-4); // batches of another composition add in another order
    const before = await headOf("encoder");
    expect(Math.max(...each.map((value, i) => Math.abs(value - before[i]!))) / scale).toBeGreaterThan(0.05);
    expect(events.filter(({ type }) => type === "encoding").at(-1)).toMatchObject({ done: 8, total: 8 });
    expect((await readdir(at("kept/features"))).length).toBeGreaterThan(0);
  });

  it("may have dropout behind them, and go on to the same bits after a stop", async () => {
    const changes = ofHead({ cache: { folder: at("shared") }, dropout: { ...NO_DROPOUT, final: 0.3 } });
    await train("whole", changes);
    await train("parts", changes, { stopAfter: 5 });
    await train("parts", changes, { resume: true });
    expect(await headOf("parts")).toEqual(await headOf("whole"));
    expect(await headOf("whole")).not.toEqual(await headOf("kept")); // dropout does something
  });

  it("are refused where something would change them, which is named", async () => {
    const changing = ofHead({ cache: {}, parts: "all", augment: { gain: 3 }, masks: { time: { probability: 0.1 } }, dropout: { hidden: 0.1, attention: 0 } }); // prettier-ignore
    await expect(train("no", changing)).rejects.toThrow(
      /cache: features can be kept only while nothing changes them, but there is parts: all, augment\.gain, masks\.time, dropout\.hidden; set parts: head/,
    );
  });
});
