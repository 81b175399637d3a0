// Noise from recordings in all three kinds of run: the same with any number of threads and after a stop, and refused early.
import { writeWav } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import * as ort from "onnxruntime-node";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainClassification } from "../classification/train-classification.js";
import {
  parseClassificationConfig,
  parseCtcConfig,
  parsePretrainingRunConfig,
} from "../config/parse-config.js";
import { classifierConfig, writeToneClasses } from "../fixtures/tone-classes.js";
import { TINY, toneConfig, writeToneSpeech } from "../fixtures/tone-speech.js";
import { createRandom } from "../random.js";
import type { TrainingEvent } from "./events.js";
import { trainCtc, type RunOptions } from "./train-ctc.js";
import { trainPretraining } from "./train-pretraining.js";

let folder = "";
const backend = ortBackend({ ort, threads: 1 });
const at = (name: string) => join(folder, name);

/** Recordings of half a second to one. */
async function writeNoise(name: string, count = 3): Promise<void> {
  const random = createRandom(3);
  await mkdir(at(name), { recursive: true });
  for (let i = 0; i < count; i++)
    await writeFile(at(`${name}/${i}.wav`), writeWav(new Float32Array(8000 + 4000 * (i % 3)).map(() => 0.1 * random.normal()))); // prettier-ignore
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "train-noise-"));
  await writeToneSpeech(at("speech"));
  await writeToneClasses(at("classes"));
  await writeNoise("noise");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const short = { updates: 4, logEvery: 1, evaluate: { every: 100 }, checkpoints: { every: 100 } };
const augment = (path = at("noise")) => ({ gain: 3, recordings: { path, snr: [0, 10], probability: 0.8 } });
const data = () => ({ train: [{ path: at("speech") }], text: { case: "upper" }, cacheMegabytes: 0 });

type More = Pick<RunOptions<unknown>, "resume" | "workers" | "onEvent" | "signal">;
type Train = (out: string, own: unknown, more?: More) => Promise<unknown>;

const kinds: Readonly<Record<string, Train>> = {
  ctc: (out, own, more) =>
    trainCtc({ config: parseCtcConfig(toneConfig(at("speech"), { ...short, data: data(), augment: own })), backend, out: at(out), ...more }), // prettier-ignore
  pretrain: (out, own, more) => {
    const model = { ...TINY, num_codevectors_per_group: 8, codevector_dim: 16, proj_codevector_dim: 16, num_negatives: 10 }; // prettier-ignore
    const masks = { time: { probability: 0.5, length: 4, minSpans: 1 } };
    const { text: _, ...unlabelled } = data();
    const config = { ...short, data: unlabelled, model, masks, batch: { seconds: 6 }, augment: own, optimizer: { rate: 0.003 }, schedule: { kind: "linear", warmup: 0 } }; // prettier-ignore
    return trainPretraining({ config: parsePretrainingRunConfig(config), backend, out: at(out), ...more });
  },
  classify: (out, own, more) =>
    trainClassification({ config: parseClassificationConfig(classifierConfig(at("classes"), { ...short, parts: "all", augment: own })), backend, out: at(out), ...more }), // prettier-ignore
};

const weightsOf = (out: string) => readFile(at(`${out}/last/model.safetensors`));

describe.each(Object.entries(kinds))("noise from recordings: %s", (kind, train) => {
  it("is heard, and is the same to the bit on threads and after a stop", async () => {
    await train(`${kind}-whole`, augment());
    const whole = await weightsOf(`${kind}-whole`);
    await train(`${kind}-quiet`, { gain: 3 });
    expect(whole.equals(await weightsOf(`${kind}-quiet`))).toBe(false);
    const stop = new AbortController();
    const onEvent = (event: TrainingEvent) => {
      if (event.type === "update" && event.update === 2) stop.abort();
    };
    await train(`${kind}-parts`, augment(), { onEvent, signal: stop.signal });
    await train(`${kind}-parts`, augment(), { resume: true, workers: 1 });
    expect(whole.equals(await weightsOf(`${kind}-parts`))).toBe(true);
  });

  it("that cannot be had ends the run before it begins", async () => {
    const events: TrainingEvent[] = [];
    const run = train(`${kind}-nowhere`, augment(at("nowhere")), { onEvent: (event) => events.push(event) });
    await expect(run).rejects.toThrow(/nowhere: does not exist, or is no folder; augment\.recordings/);
    expect(events).toEqual([]);
  });
});

it("noise that goes while a run is under way stops it with a checkpoint, and nothing of the run is lost", async () => {
  const MANY = 40; // most were not heard when they go: those that were are kept in memory
  await writeNoise("passing", MANY);
  const heard = { recordings: { path: at("passing") } };
  const train = kinds["ctc"]!;
  await train("undisturbed", heard);
  const events: TrainingEvent[] = [];
  const onEvent = (event: TrainingEvent) => {
    events.push(event);
    if (event.type === "update") rmSync(at("passing"), { recursive: true, force: true });
  };
  await expect(train("gone", heard, { onEvent })).rejects.toThrow(
    /passing\/\d+\.wav: cannot be mixed in as noise: .* does not exist/,
  );
  const done = events.findLast((event) => event.type === "update")!.update;
  expect(events.at(-1)).toMatchObject({ type: "checkpoint", update: done });
  await writeNoise("passing", MANY);
  await train("gone", heard, { resume: true });
  expect((await weightsOf("gone")).equals(await weightsOf("undisturbed"))).toBe(true);
});
