import { openCheckpoint } from "@wav2vec/checkpoints";
import { ctcHead, encode, graph, input, normaliseSamples, parseConfig, symbol } from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, SHARED, TOLERANCE } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ortBackend } from "./ort-backend.js";
import type { OrtProvider } from "./ort-runtime.js";
import { hasWebGpuDriver } from "./webgpu-driver.js";

const CLIPS = ["clip0", "clip1", "clip2"];
const batch = symbol("batch");
const time = symbol("samples");

/** Compiles the CTC model in a folder; returns its logits for a batch, with lengths if several clips are given. */
async function open(folder: string, provider: OrtProvider, withLengths: boolean) {
  const checkpoint = await openCheckpoint(folder);
  const config = parseConfig(checkpoint.config ?? {});
  const lengths = withLengths ? { lengths: input("lengths", [batch], "int32") } : {};
  const features = encode(input("samples", [batch, time]), config, lengths);
  const backend = ortBackend({ ort, provider, threads: 2 });
  const program = await backend.compile(graph({ logits: ctcHead(features, config) }), checkpoint.weights);
  return {
    async logits(clips: readonly Float32Array[]) {
      const longest = Math.max(...clips.map((clip) => clip.length));
      const padded = new Float32Array(clips.length * longest);
      clips.forEach((clip, i) => padded.set(clip, i * longest));
      const counts = Int32Array.from(clips, (clip) => clip.length);
      const inputs = {
        samples: backend.upload(padded, [clips.length, longest]),
        ...(withLengths && { lengths: backend.upload(counts, [clips.length]) }),
      };
      const { logits } = await program.run(inputs);
      const data = await backend.download(logits!);
      for (const tensor of [...Object.values(inputs), logits!]) backend.free(tensor);
      return { data, shape: logits!.shape };
    },
    async close() {
      program.dispose();
      await checkpoint.close();
    },
  };
}

const clips = async () => {
  const audio = await openGolden("audio");
  return Promise.all(CLIPS.map(async (clip) => normaliseSamples((await audio.tensor(clip)).data)));
};

describe.skipIf(!hasGoldens)("logits of reference models", () => {
  const models = ["wav2vec2-base-ctc", "wav2vec2-lv60-ctc", "wav2vec2-conv-adapter"];

  it.each(models)("%s: each clip alone", async (model) => {
    const golden = await openGolden(model);
    const opened = await open(`${SHARED}/reference/models/${model}`, "cpu", false);
    for (const [i, clip] of (await clips()).entries()) {
      const { data, shape } = await opened.logits([clip]);
      const expected = await golden.tensor(`clip${i}.logits`);
      expectClose(data, expected.data, TOLERANCE.model, shape, `${model} clip ${i}`);
    }
    await opened.close();
  });

  it.each(models)("%s: clips in a padded batch are as alone", async (model) => {
    const golden = await openGolden(model);
    const opened = await open(`${SHARED}/reference/models/${model}`, "cpu", true);
    const { data, shape } = await opened.logits(await clips());
    const [, frames, tokens] = shape as readonly [number, number, number]; // logits have three axes
    for (const i of CLIPS.keys()) {
      const alone = await golden.tensor(`clip${i}.logits`);
      const row = data.slice(i * frames * tokens, i * frames * tokens + alone.data.length);
      expectClose(row, alone.data, TOLERANCE.model, alone.shape, `${model} row ${i}`);
    }
    await opened.close();
  });

  it.each(["base-float16", "large-bfloat16"])("%s: half-precision weights", async (format) => {
    const golden = await openGolden("formats");
    const opened = await open(`${SHARED}/reference/models/formats/${format}`, "cpu", false);
    const { data, shape } = await opened.logits([(await clips())[0]!]);
    expectClose(data, (await golden.tensor(`${format}.logits`)).data, TOLERANCE.model, shape);
    await opened.close();
  });

  it.skipIf(!hasWebGpuDriver())("on WebGPU are within 1e-3 of the CPU's", async () => {
    const folder = `${SHARED}/reference/models/wav2vec2-base-ctc`;
    const [cpu, gpu] = [await open(folder, "cpu", false), await open(folder, "webgpu", false)];
    for (const clip of await clips()) {
      const expected = await cpu.logits([clip]);
      const actual = await gpu.logits([clip]);
      expect(actual.shape).toEqual(expected.shape);
      expectClose(actual.data, expected.data, 1e-3, expected.shape);
    }
    await Promise.all([cpu.close(), gpu.close()]);
  });
});
