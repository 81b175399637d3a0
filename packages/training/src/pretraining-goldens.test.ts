import {
  contrastivePairs,
  graph,
  input,
  parsePretrainingConfig,
  reference,
  referenceTensor,
  scaleGradient,
  symbol,
  type ReferenceTensor,
  type Value,
} from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, worstDifference } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import {
  goldenBatch,
  goldenKey,
  goldenModel,
  only,
  parameterTensors,
  type Tensors,
} from "./fixtures/golden-model.js";
import { pretrainingObjective } from "./pretraining-objective.js";
import { maskedPositions } from "./span-masks.js";
import { trainingGraph } from "./training-graph.js";

/** The goldens are float64 values stored as float32; the reference backend computes in float64. */
const TOLERANCE = 1e-5;
const STYLES = {
  "wav2vec2-base-pretraining": { lengths: undefined, gradientScale: 0.1, penalty: 10 },
  "wav2vec2-lv60-pretraining": { lengths: [8000, 6000], gradientScale: 1, penalty: 0 },
} as const;
type Style = keyof typeof STYLES;

/** The objective's graph with all gradients, and what it is fed, from the values given in the golden. */
async function build(name: Style, objective: "fairseq" | "hf", training: boolean) {
  const golden = await openGolden(name);
  const { lengths, gradientScale, penalty } = STYLES[name];
  let convFeatures: Value | undefined;
  const { checkpoint, features, weights } = await goldenModel(name, lengths, ["timeMask"], {
    convFeatures: (x) => (convFeatures = scaleGradient(x, objective === "fairseq" ? gradientScale : 1)),
  });
  const config = parsePretrainingConfig(checkpoint.config);
  const masked = symbol("masked");
  const noise = input("noise", [masked, config.groups, config.codes]);
  const pairs = contrastivePairs(features, input("masked", [masked], "int32"), config, {
    ...(training && { sampling: { noise, temperature: input("temperature", []) } }),
  });
  const negatives = input("negatives", [masked, config.negatives], "int32");
  const values = pretrainingObjective(pairs, negatives, config, {
    objective,
    training,
    ...(objective === "fairseq" && { penalty: { weight: penalty, convFeatures: convFeatures! } }), // set by the hook
  });
  const outputs = {
    ...values,
    predictions: pairs.predictions,
    targets: pairs.targets,
    codes: pairs.codes,
  };

  const mask = await golden.tensor("mask_time_indices");
  const [rows, frames] = mask.shape as [number, number];
  const positions = maskedPositions({ mask: Uint8Array.from(mask.data), shape: [rows, frames] });
  const rowsOf = positions.flatMap((row, i) => [...row].map((frame) => i * frames + frame));
  const feeds: Tensors = {
    ...(await goldenBatch(lengths)),
    timeMask: referenceTensor(mask.data, mask.shape, "bool"),
    masked: referenceTensor(rowsOf, [rowsOf.length], "int32"),
    negatives: referenceTensor(
      (await golden.tensor("negatives_within_masked")).data,
      [rowsOf.length, config.negatives],
      "int32",
    ),
    noise: referenceTensor(pick((await golden.tensor("gumbel_noise")).data, rowsOf), [
      rowsOf.length,
      config.groups,
      config.codes,
    ]),
    temperature: referenceTensor((await golden.tensor("temperature")).data, []),
  };
  return { golden, checkpoint, weights, config, outputs, feeds, rowsOf, frames: rows * frames };
}

/** Rows of an array of as many rows as frames in the batch. */
function pick(data: Float32Array, rows: readonly number[], frames = 48): number[] {
  const width = data.length / frames;
  return rows.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)]);
}

type Built = Awaited<ReturnType<typeof build>>;

async function expectGradients({ golden, checkpoint, weights, outputs, feeds }: Built, prefix: string) {
  const built = trainingGraph({ outputs, from: "loss", isTrained: () => true });
  const program = await reference.compile(built.graph, weights);
  const parameters = await parameterTensors(built.parameters, weights);
  const result = await program.run(only(built.graph.inputs, { ...feeds, ...parameters }));
  const expected = golden.keys
    .filter((key) => key.startsWith(`${prefix}.grad.`))
    .map((key) => key.replace(`${prefix}.grad.`, ""));
  expect([...built.parameters.keys()].map(goldenKey).sort()).toEqual(expected.sort());
  let worst = { key: "", relative: 0 };
  for (const key of built.parameters.keys()) {
    if (key.endsWith("k_proj.bias")) continue; // zero in theory; the golden holds noise
    const { data } = await golden.tensor(`${prefix}.grad.${goldenKey(key)}`);
    const { relative } = worstDifference(result[`gradient.${key}`]!.data, data);
    if (relative > worst.relative) worst = { key, relative };
  }
  console.log(
    `${checkpoint.source.split("/").at(-1)} ${prefix}: worst gradient ${worst.relative.toExponential(1)} in ${worst.key}`,
  );
  expect(worst.relative).toBeLessThan(TOLERANCE);
}

async function values({ outputs, feeds, weights }: Built): Promise<Record<string, ReferenceTensor>> {
  const g = graph(outputs);
  return (await reference.compile(g, weights)).run(only(g.inputs, feeds));
}

describe.skipIf(!hasGoldens).each(Object.keys(STYLES) as Style[])("pre-training of %s", (name) => {
  it.each([true, false])("has fairseq's loss and its parts, training: %s", async (training) => {
    const built = await build(name, "fairseq", training);
    const prefix = training ? "fairseq" : "fairseq_eval";
    const y = await values(built);
    const count = y.maskedCount!.data[0]!;
    const actual: Record<string, ArrayLike<number>> = {
      loss: y.loss!.data,
      loss_0: y.contrastive!.data,
      loss_1: y.diversity!.data,
      loss_2: y.penalty!.data,
      sample_size: [count],
      logged_loss: [y.loss!.data[0]! / count / Math.LN2],
      features_pen: y.meanSquare!.data,
      prob_perplexity: y.probPerplexity!.data,
      code_perplexity: y.codePerplexity!.data,
      logits: y.logits!.data,
      codes: y.codes!.data,
    };
    for (const [key, data] of Object.entries(actual)) {
      expectClose(data, (await built.golden.tensor(`${prefix}.${key}`)).data, TOLERANCE, undefined, key);
    }
    if (training) await expectGradients(built, prefix);
    await built.checkpoint.close();
  });

  it.each([true, false])("has Hugging Face's loss and its parts, training: %s", async (training) => {
    const built = await build(name, "hf", training);
    const prefix = training ? "hf" : "hf_eval";
    const y = await values(built);
    const expected = async (key: string) => (await built.golden.tensor(`${prefix}.${key}`)).data;
    expectClose(y.loss!.data, await expected("loss"), TOLERANCE);
    expectClose(y.contrastive!.data, await expected("contrastive_loss"), TOLERANCE);
    expectClose(
      y.diversity!.data,
      (await expected("diversity_loss")).map((x) => x * built.config.diversityWeight),
      TOLERANCE,
    );
    const perplexity = training ? y.probPerplexity! : y.codePerplexity!;
    expectClose(perplexity.data, await expected("codevector_perplexity"), TOLERANCE);
    expectClose(y.logits!.data, await expected("logits"), TOLERANCE);
    const identical = await expected("identical_negatives");
    expectClose(y.identicalShare!.data, [identical.reduce((a, b) => a + b, 0) / identical.length], TOLERANCE);
    expectClose(y.codes!.data, pick(await expected("codes"), built.rowsOf, built.frames), 0);
    expectClose(
      y.predictions!.data,
      pick(await expected("projected_states"), built.rowsOf, built.frames),
      TOLERANCE,
    );
    expectClose(
      y.targets!.data,
      pick(await expected("projected_quantized_states"), built.rowsOf, built.frames),
      TOLERANCE,
    );
    if (training && name === "wav2vec2-base-pretraining") await expectGradients(built, prefix);
    await built.checkpoint.close();
  });
});
