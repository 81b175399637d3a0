// HuBERT, WavLM, data2vec, UniSpeech-SAT, Conformer and w2v-BERT 2.0 through the same door as wav2vec 2.0.
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import {
  clipsInput,
  ctcHead,
  encode,
  graph,
  parseConfig,
  prepareClips,
  reference,
  transpose,
  type Backend,
  type Value,
} from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, SHARED, type Golden } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { acousticModel } from "./acoustic-model.js";
import { logSoftmaxRows } from "./fixtures/log-softmax-rows.js";

/** Largest difference relative to the scale: float64 rounds like the goldens, float32 adds in another order. */
const backends: [name: string, backend: () => Backend, tolerance: number][] = [
  ["reference", () => reference, 1e-4],
  ["ort", () => ortBackend({ ort }), 2e-4],
];
const models = [
  "hubert-base",
  "hubert-large",
  "wavlm-base",
  "wavlm-large",
  "data2vec-audio",
  "unispeech-sat",
  "wav2vec2-conformer-rotary",
  "wav2vec2-conformer-relative",
  "w2v-bert",
];
/** Their golden `features` are the conv output before the projection's norm. */
const givesRawFeatures = /^(hubert)/;

describe.skipIf(!hasGoldens).each(backends)("siblings on %s", (_name, makeBackend, tolerance) => {
  const backend = makeBackend();
  let clips: Float32Array[];
  beforeAll(async () => {
    const audio = await openGolden("audio");
    clips = [(await audio.tensor("clip0")).data, (await audio.tensor("clip1")).data];
  });

  it.each(models)("%s gives every state of every clip", async (model) => {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
    const golden = await openGolden(model);
    const config = parseConfig(checkpoint.config);
    const states = encode(clipsInput(config, 1), config);
    const outputs: Record<string, Value> = {
      ...Object.fromEntries(states.hidden.map((value, i) => [`hidden.${i}`, value])),
      features: givesRawFeatures.test(model)
        ? transpose(states.stages.conv.at(-1)!, [0, 2, 1])
        : states.stages.features,
      last_hidden: states.last,
      logits: ctcHead(states, config),
    };
    const program = await backend.compile(graph(outputs), checkpoint.weights);
    let compared = 0;
    for (const [i, clip] of clips.entries()) {
      const { samples } = prepareClips([clip], config);
      const results = await program.run({ samples: backend.upload(samples.data, samples.shape) });
      for (const [name, tensor] of Object.entries(results)) {
        if (!golden.keys.includes(`clip${i}.${name}`)) continue;
        const expected = await golden.tensor(`clip${i}.${name}`);
        expectClose(
          await backend.download(tensor),
          expected.data,
          tolerance,
          expected.shape,
          `clip${i}.${name}`,
        );
        compared++;
      }
    }
    expect(compared).toBe(model === "w2v-bert" ? 7 : 8); // 3 hidden states, features where there are, 2 last states, 2 logits
    program.dispose();
    await checkpoint.close();
  });

  it.each(models)("%s gives a clip the same in a batch as alone", async (model) => {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
    const golden = await openGolden(model);
    const acoustic = await acousticModel(checkpoint, backend);
    await expectRows(await acoustic.emissions(clips), golden, tolerance);
    acoustic.dispose();
    await checkpoint.close();
  });
});

describe.skipIf(!hasGoldens)("the filter banks of w2v-BERT", () => {
  it("are those of Hugging Face's extractor", async () => {
    const audio = await openGolden("audio");
    const golden = await openGolden("w2v-bert");
    const config = parseConfig({ model_type: "wav2vec2-bert" });
    for (const clip of ["clip0", "clip1"]) {
      const { samples } = prepareClips([(await audio.tensor(clip)).data], config);
      const expected = await golden.tensor(`${clip}.input_features`);
      expect(samples.shape).toEqual([1, ...expected.shape]);
      expectClose(samples.data, expected.data, 1e-4, expected.shape, clip);
    }
  });
});

async function expectRows(
  emissions: readonly { readonly data: ArrayLike<number>; readonly frames: number }[],
  golden: Golden,
  tolerance: number,
): Promise<void> {
  for (const [i, { data, frames }] of emissions.entries()) {
    const expected = await golden.tensor(`clip${i}.logits`);
    expect(frames).toBe(expected.shape[0]);
    expectClose(
      data,
      logSoftmaxRows(expected.data, expected.shape[1]!),
      tolerance,
      expected.shape,
      `clip${i}`,
    );
  }
}
