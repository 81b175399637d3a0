import { graph, reference, type ReferenceTensor } from "@wav2vec/core";
import { expectClose, hasGoldens, worstDifference } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { goldenKey, only, parameterTensors } from "./fixtures/golden-model.js";
import { goldenPretraining, pick, STYLES, type Style } from "./fixtures/golden-pretraining.js";
import { trainingGraph } from "./training-graph.js";

/** The goldens are float64 values stored as float32; the reference backend computes in float64. */
const TOLERANCE = 1e-5;
type Built = Awaited<ReturnType<typeof goldenPretraining>>;

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
    const built = await goldenPretraining(name, "fairseq", training);
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
    const built = await goldenPretraining(name, "hf", training);
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
