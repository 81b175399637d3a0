// The heads of the reference models on the reference backend and on ONNX Runtime, alone and padded.
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import {
  clipsInput,
  encode,
  frameClassificationHead,
  graph,
  headGraph,
  parseConfig,
  parseHeadConfig,
  parsePretrainingConfig,
  prepareClips,
  reference,
  sequenceClassificationHead,
  units,
  xvectorHead,
  clipPrograms,
  type Backend,
  type Head,
  type HeadConfig,
} from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, SHARED, type Golden } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";

/** Largest difference relative to the scale: float64 rounds like the goldens, float32 adds in another order. */
const backends: [name: string, backend: () => Backend, tolerance: number][] = [
  ["reference", () => reference, 1e-4],
  ["ort", () => ortBackend({ ort }), 2e-4],
];
const names = ["clip0", "clip1", "clip2"];

describe.skipIf(!hasGoldens).each(backends)("heads on %s", (_name, makeBackend, tolerance) => {
  const backend = makeBackend();
  let clips: Float32Array[];
  beforeAll(async () => {
    const audio = await openGolden("audio");
    clips = await Promise.all(names.map(async (name) => (await audio.tensor(name)).data));
  });

  /** Compares every output of every clip, alone and in one batch, with the golden's `clipN.KEY`. */
  async function compare(
    model: string,
    makeHead: (config: HeadConfig) => Head,
    keyOf: (output: string) => string,
    change: Partial<HeadConfig> | ((config: HeadConfig) => HeadConfig) = (config) => config,
  ): Promise<number> {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
    const golden = await openGolden(model);
    const parsed = parseHeadConfig(checkpoint.config);
    const headConfig = typeof change === "function" ? change(parsed) : { ...parsed, ...change };
    const config = parseConfig(checkpoint.config);
    const programs = await clipPrograms(
      headGraph(config, makeHead(headConfig)),
      backend,
      checkpoint.weights,
      {
        normalise: true,
        name: model,
      },
    );
    const alone = await Promise.all(clips.map((clip) => programs.run([clip])));
    const padded = await programs.run(clips);
    let compared = 0;
    for (const [i, name] of names.entries())
      for (const [output, parts] of Object.entries(padded)) {
        const expected = await golden.tensor(`${name}.${keyOf(output)}`);
        expect(parts[i]!.shape).toEqual(expected.shape);
        for (const { data } of [alone[i]![output]![0]!, parts[i]!]) {
          expectClose(data, expected.data, tolerance, expected.shape, `${name}.${output}`);
          compared++;
        }
      }
    programs.dispose();
    await checkpoint.close();
    return compared;
  }
  const plain = ({ layerSum: _, ...config }: HeadConfig): HeadConfig => config;

  it("sequence classification over the weighted sum of transformers 5", async () => {
    const key = (output: string) => `weighted.${output}`;
    expect(await compare("wav2vec2-sequence-classification", sequenceClassificationHead, key)).toBe(6);
  });

  it("sequence classification over the weighted sum of transformers 4", async () => {
    const key = (output: string) => `weighted_normed.${output}`;
    const change = { layerSum: "afterNorm" } as const;
    expect(await compare("wav2vec2-sequence-classification", sequenceClassificationHead, key, change)).toBe(
      6,
    );
  });

  it("sequence classification over the encoder's output", async () => {
    const key = (output: string) => `plain.${output}`;
    expect(await compare("wav2vec2-sequence-classification", sequenceClassificationHead, key, plain)).toBe(6);
  });

  it("frame classification over the weighted sum and the output", async () => {
    const model = "wav2vec2-frame-classification";
    expect(await compare(model, frameClassificationHead, (output) => `weighted.${output}`)).toBe(6);
    expect(await compare(model, frameClassificationHead, (output) => `plain.${output}`, plain)).toBe(6);
  });

  it("x-vectors, with the frame counts that HF gets wrong in a batch", async () => {
    expect(await compare("wav2vec2-xvector", xvectorHead, (output) => output)).toBe(12);
  });

  it.each([
    ["wav2vec2-base-pretraining", "base"],
    ["wav2vec2-lv60-pretraining", "large"],
  ])("units of %s", async (model, style) => {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${model}`);
    const golden = await openGolden("units");
    await expectUnits(checkpoint, golden, style);
    await checkpoint.close();
  });

  async function expectUnits(checkpoint: Checkpoint, golden: Golden, style: string): Promise<void> {
    const config = parseConfig(checkpoint.config);
    const chosen = units(encode(clipsInput(config, 1), config), parsePretrainingConfig(checkpoint.config));
    const program = await backend.compile(graph({ ...chosen }), checkpoint.weights);
    for (const [i, name] of names.entries()) {
      const { samples } = prepareClips([clips[i]!], config);
      const outputs = await program.run({ samples: backend.upload(samples.data, samples.shape) });
      for (const key of ["codes", "index"]) {
        const expected = await golden.tensor(`${style}.${name}.${key}`);
        expect([...(await backend.download(outputs[key]!))]).toEqual([...expected.data]);
      }
      const expected = await golden.tensor(`${style}.${name}.quantised`);
      expectClose(
        await backend.download(outputs["quantised"]!),
        expected.data,
        tolerance,
        expected.shape,
        name,
      );
    }
    program.dispose();
  }
});
