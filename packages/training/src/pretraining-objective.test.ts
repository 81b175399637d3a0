import {
  graph,
  input,
  parsePretrainingConfig,
  reference,
  referenceTensor,
  type ContrastivePairs,
} from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { pretrainingObjective } from "./pretraining-objective.js";

const config = parsePretrainingConfig({
  num_codevector_groups: 1,
  num_codevectors_per_group: 3,
  codevector_dim: 2,
  proj_codevector_dim: 2,
  num_negatives: 2,
});
const pairs: ContrastivePairs = {
  predictions: input("predictions", [3, 2]),
  targets: input("targets", [3, 2]),
  codes: input("codes", [3, 1], "int32"),
  scores: input("scores", [3, 1, 3]),
  q: input("q", [3, 2]),
};
/** Frames 0 and 2 choose the same code; nearly all weight of the softmax is on code 0. */
const feeds = {
  predictions: referenceTensor([1, 0, 0.6, 0.8, -1, 0], [3, 2]),
  targets: referenceTensor([2, 0, 0, 3, 2, 0], [3, 2]),
  codes: referenceTensor([0, 1, 0], [3, 1], "int32"),
  scores: referenceTensor([16, 0, 0, 15, 0, 0, 16, 0, 0], [3, 1, 3]),
  negatives: referenceTensor([1, 2, 0, 2, 0, 1], [3, 2], "int32"),
};

async function run(objective: "fairseq" | "hf", training: boolean) {
  const values = pretrainingObjective(pairs, input("negatives", [3, 2], "int32"), config, {
    objective,
    training,
  });
  const built = graph({ ...values });
  const used = Object.fromEntries(built.inputs.map(({ name }) => [name, feeds[name as keyof typeof feeds]]));
  return (await reference.compile(built, new Map())).run(used);
}

describe("pretrainingObjective", () => {
  it("leaves out negatives with the positive's code, and counts them", async () => {
    const y = await run("fairseq", true);
    expectClose(y.logits!.data, [10, 0, -Infinity, 8, 6, 6, -10, -Infinity, 0], 1e-12);
    expectClose(y.identicalShare!.data, [2 / 6], 1e-12);
    expectClose(y.accuracy!.data, [2 / 3], 1e-12);
    const nce = (own: number, ...others: number[]) =>
      Math.log(1 + others.reduce((sum, x) => sum + Math.exp(x - own), 0));
    expectClose(y.contrastive!.data, [nce(10, 0) + nce(8, 6, 6) + nce(-10, 0)], 1e-12);
  });

  it("takes the perplexity with fairseq's 1e-7 inside the logarithm, and without it for Hugging Face", async () => {
    const rows = [16, 15, 16].map((x) => Math.exp(x));
    const rare = rows.reduce((sum, e) => sum + 1 / (e + 2), 0) / 3;
    const common = 1 - 2 * rare;
    const perplexity = (eps: number) =>
      Math.exp(-common * Math.log(common + eps) - 2 * rare * Math.log(rare + eps));
    const [fairseq, hf] = await Promise.all([run("fairseq", true), run("hf", true)]);
    expect(Math.abs(perplexity(1e-7) / perplexity(0) - 1)).toBeGreaterThan(1e-8);
    expectClose(fairseq.probPerplexity!.data, [perplexity(1e-7)], 1e-11);
    expectClose(hf.probPerplexity!.data, [perplexity(0)], 1e-11);
    expectClose(fairseq.diversity!.data, [(0.1 * 3 * (3 - perplexity(1e-7))) / 3], 1e-11);
    // In evaluation Hugging Face counts the best codes: one of them is used.
    expectClose((await run("hf", false)).diversity!.data, [(0.1 * 3 * (3 - 1)) / 3], 1e-11);
  });
});
