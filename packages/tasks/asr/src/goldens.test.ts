// The CTC reference models, stage by stage, on the reference backend and on ONNX Runtime.
import { openCheckpoint } from "@wav2vec/checkpoints";
import { ortBackend } from "@wav2vec/backend-ort";
import {
  ctcHead,
  encode,
  graph,
  input,
  normaliseSamples,
  parseConfig,
  reference,
  symbol,
  transpose,
  type Backend,
  type Value,
} from "@wav2vec/core";
import { collapsePath } from "@wav2vec/decoders";
import { expectClose, hasGoldens, openGolden, SHARED, type Golden } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { acousticModel } from "./acoustic-model.js";
import { logSoftmaxRows } from "./fixtures/log-softmax-rows.js";

/** Largest difference relative to the stage's scale: float64 rounds like the goldens, float32 adds in another order. */
const backends: [name: string, backend: () => Backend, tolerance: number][] = [
  ["reference", () => reference, 1e-4],
  ["ort", () => ortBackend({ ort }), 2e-4],
];
const models = ["wav2vec2-base-ctc", "wav2vec2-lv60-ctc", "wav2vec2-conv-adapter"];
const clips = ["clip0", "clip1", "clip2"];

describe.skipIf(!hasGoldens).each(backends)("on %s", (_name, makeBackend, tolerance) => {
  const backend = makeBackend();
  let audio: Golden;
  beforeAll(async () => {
    audio = await openGolden("audio");
  });
  const samplesOf = async (clip: string) => (await audio.tensor(clip)).data;

  it.each(models)("%s gives every stage of every clip", async (model) => {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
    const golden = await openGolden(model);
    const config = parseConfig(checkpoint.config);
    const states = encode(input("samples", [1, symbol("samples")]), config);
    const stages: Record<string, Value> = {
      ...Object.fromEntries(states.stages.conv.map((value, i) => [`conv.${i}`, transpose(value, [0, 2, 1])])),
      ...Object.fromEntries(states.hidden.map((value, i) => [`hidden.${i}`, value])),
      features: states.stages.features,
      projection: states.stages.projection,
      pos_conv: states.stages.positional!, // wav2vec 2.0 has one
      last_hidden: states.last,
      logits: ctcHead(states, config),
    };
    const program = await backend.compile(graph(stages), checkpoint.weights);
    let compared = 0;
    for (const clip of clips) {
      const samples = normaliseSamples(await samplesOf(clip));
      const outputs = await program.run({ samples: backend.upload(samples, [1, samples.length]) });
      for (const [stage, tensor] of Object.entries(outputs)) {
        const actual = await backend.download(tensor);
        for (const key of golden.keys) {
          const every =
            key === `${clip}.${stage}`
              ? 1
              : Number(new RegExp(`^${clip}\\.${stage}\\.every(\\d+)$`).exec(key)?.[1]);
          if (!every) continue;
          const expected = await golden.tensor(key);
          const [, frames, dim] = tensor.shape as [number, number, number];
          const rows = Array.from({ length: Math.ceil(frames / every) }, (_, i) => [
            ...actual.subarray(i * every * dim, (i * every + 1) * dim),
          ]);
          expectClose(rows.flat(), expected.data, tolerance, expected.shape, key);
          compared++;
        }
      }
    }
    expect(compared).toBe(model.endsWith("adapter") ? 6 : 45); // 3 clips of 2, or of 7 conv layers, 3 hidden and 5 more
    program.dispose();
    await checkpoint.close();
  });

  it.each(models)("%s gives a clip the same logits in a batch as alone", async (model) => {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
    const golden = await openGolden(model);
    const acoustic = await acousticModel(checkpoint, backend);
    const emissions = await acoustic.emissions(await Promise.all(clips.map(samplesOf)));
    for (const [i, clip] of clips.entries()) {
      const { data, shape } = await golden.tensor(`${clip}.logits`);
      expect([emissions[i]!.frames, emissions[i]!.symbols]).toEqual(shape);
      expectClose(emissions[i]!.data, logSoftmaxRows(data, shape[1]!), tolerance, shape, clip);
    }
    acoustic.dispose();
    await checkpoint.close();
  });

  it.each(models.slice(0, 2))(
    "%s decodes every clip to the reference's symbols and frames",
    async (model) => {
      const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
      const golden = (await openGolden(model)).json as Record<string, GreedyGolden>;
      const acoustic = await acousticModel(checkpoint, backend);
      for (const clip of clips) {
        const [{ data, frames, symbols }] = (await acoustic.emissions([await samplesOf(clip)])) as [
          { data: Float32Array; frames: number; symbols: number },
        ];
        const path = Array.from({ length: frames }, (_, i) => {
          const row = data.subarray(i * symbols, (i + 1) * symbols);
          return row.indexOf(Math.max(...row));
        });
        const { tokens, blank, wordDelimiter } = acoustic.vocabulary;
        const spans = collapsePath(path, blank).map(({ symbol: id, start, end }) => ({
          char: id === wordDelimiter ? " " : tokens[id]!,
          start_offset: start,
          end_offset: end,
        }));
        expect(spans).toEqual(golden[`${clip}.greedy`]!.char_offsets);
      }
      acoustic.dispose();
      await checkpoint.close();
    },
  );
});

interface GreedyGolden {
  readonly char_offsets: readonly {
    readonly char: string;
    readonly start_offset: number;
    readonly end_offset: number;
  }[];
}
