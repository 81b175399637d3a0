// One training step by this project: forward, CTC on the host, backward, clipping, AdamW.
import { ortBackend } from "@wav2vec/backend-ort";
import { bindModel, openCheckpoint } from "@wav2vec/checkpoints";
import { clipsInput, ctcHead, encode, graph, parseConfig } from "@wav2vec/core";
import { createRandom, createTrainer, ctcStep } from "@wav2vec/training";
import { replicaThreads } from "@wav2vec/training/node";
import { readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import * as ort from "onnxruntime-node";
import type { LoadRequest, Reply, StepRequest } from "./protocol.js";

const RATE = 1e-4;
const OPTIMIZER = { betas: [0.9, 0.98], eps: 1e-8, epsRule: "torch", weightDecay: 0.01, clip: 1, headRate: 1 } as const; // prettier-ignore
const RECIPE = { normalise: true, rates: { projection: 0, hidden: 0, attention: 0, activation: 0, layer: 0 }, finalDropout: 0, perLabel: true, rematerialise: false }; // prettier-ignore

let step: () => Promise<number>;
let dispose = () => Promise.resolve();
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as LoadRequest | StepRequest; // our own parent wrote it
  const start = performance.now();
  let loss: number | null = null;
  if ("load" in request) ({ step, dispose } = await load(request.load));
  else loss = await step!(); // loaded first
  const reply: Reply = { seconds: (performance.now() - start) / 1000, loss };
  writeSync(3, `${JSON.stringify(reply)}\n`);
}
await dispose(); // which writes the profile

async function load(
  request: LoadRequest["load"],
): Promise<{ step: () => Promise<number>; dispose: () => Promise<void> }> {
  const { folder, provider, threads, replicas: parts = 1, clips, labels, profile } = request;
  const each = Math.max(1, Math.floor(threads / parts));
  const checkpoint = await openCheckpoint(folder);
  const config = parseConfig(checkpoint.config);
  const features = encode(clipsInput(config), config, { weightNorm: "factored" });
  const { params } = graph({ logits: ctcHead(features, config) });
  const { weights } = bindModel(params, checkpoint, config);
  const backend = ortBackend({
    ort,
    provider,
    threads: each,
    ...(profile !== undefined && { profilePrefix: profile }),
  });
  const replicas = parts > 1 ? replicaThreads(new URL("replica.mjs", import.meta.url), parts - 1, { threads: each }) : undefined; // prettier-ignore
  const sharing = { parts, replicas };
  const trainer = createTrainer({
    backend,
    weights,
    stages: [{ from: 0, isTrained: () => true }],
    optimizer: OPTIMIZER,
    makeStep: (frozen, isTrained) => ctcStep(config, RECIPE, backend, frozen, isTrained, { sharing }),
  });
  await trainer.prepare(0);
  const batch = {
    names: clips,
    clips: clips.map((path) => new Float32Array(new Uint8Array(readFileSync(path)).buffer)),
    labels: labels.map((row) => Int32Array.from(row)),
  };
  const random = createRandom(1);
  let update = 0;
  const step = async () => {
    const one = (async function* () {
      yield batch;
    })();
    const { metrics } = await trainer.step(update++, one, RATE, random);
    return metrics["loss"]!; // every objective has one
  };
  const dispose = async () => {
    trainer.dispose();
    await replicas?.close();
  };
  return { step, dispose };
}
