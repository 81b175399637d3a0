import { describe, expect, it } from "vitest";
import type { WeightHandle } from "@wav2vec/core";
import { bindModel } from "./bind-model.js";
import { bindWeights, PRETRAINING_KEYS } from "./binding.js";
import { WeightError, type WeightProblem } from "@wav2vec/core";
import { canonicalWeights } from "./layouts/canonical.js";
import { nearestName } from "./nearest-name.js";

const handle = (shape: number[], dtype: WeightHandle["dtype"] = "float32"): WeightHandle => ({
  shape,
  dtype,
  read: async () => new Float32Array(shape.reduce((a, b) => a * b, 1)),
});
const CONV = "encoder.pos_conv_embed.conv";
const FACTORED = [`${CONV}.parametrizations.weight.original0`, `${CONV}.parametrizations.weight.original1`];

function checkpoint(entries: Record<string, WeightHandle>) {
  return { source: "model", weights: canonicalWeights("model", new Map(Object.entries(entries))).weights };
}
const paths = ({ problems }: WeightError, kind: WeightProblem["kind"]) =>
  problems.filter((problem) => problem.kind === kind).map(({ path }) => path);

function errorOf(run: () => unknown): WeightError {
  try {
    run();
  } catch (error) {
    if (error instanceof WeightError) return error;
  }
  throw new Error("expected a WeightError");
}

describe("binding", () => {
  it("lists everything that is wrong in one error, with the nearest names", () => {
    const file = checkpoint({
      "wav2vec2.encoder.layer_norm.weight": handle([8]),
      "wav2vec2.encoder.layer_norm.bia": handle([4]),
      "wav2vec2.masked_spec_embed": handle([4], "int64"),
      "wav2vec2.completely_different": handle([1]),
    });
    const wanted = [
      "encoder.layer_norm.weight",
      "encoder.layer_norm.bias",
      "masked_spec_embed",
      "lm_head.bias",
    ].map((name) => ({ name, shape: [4] }));
    const error = errorOf(() => bindWeights(wanted, file));
    expect(paths(error, "missing")).toEqual(["encoder.layer_norm.bias", "lm_head.bias"]);
    expect(paths(error, "unused")).toEqual(["encoder.layer_norm.bia", "completely_different"]);
    expect(paths(error, "shape")).toEqual(["encoder.layer_norm.weight", "masked_spec_embed"]);
    expect(error.message)
      .toBe(`weights: model does not fit the model (2 missing, 2 misfits, 2 unused); is this the config of these weights?
  missing: "encoder.layer_norm.bias"; nearest: "encoder.layer_norm.bia"
  missing: "lm_head.bias"
  misfit: "encoder.layer_norm.weight" is [8] in the file, [4] in the model
  misfit: "masked_spec_embed" is int64 in the file, a floating-point type in the model
  unused: "encoder.layer_norm.bia"; nearest: "encoder.layer_norm.bias"
  unused: "completely_different"`);
  });

  it("reports ignored leftovers and absent optional parameters without failing", () => {
    const file = checkpoint({
      "lm_head.bias": handle([4]),
      "quantizer.codevectors": handle([1]),
      "project_q.bias": handle([1]),
    });
    const params = [{ name: "lm_head.bias", shape: [4] }, { name: "masked_spec_embed", shape: [4], optional: true }]; // prettier-ignore
    const bound = bindWeights(params, file, { ignore: [PRETRAINING_KEYS] });
    expect([...bound.weights.keys()]).toEqual(["lm_head.bias"]);
    expect(bound).toMatchObject({
      unused: ["quantizer.codevectors", "project_q.bias"],
      absent: ["masked_spec_embed"],
    });
    expect(
      paths(
        errorOf(() => bindWeights(params, file)),
        "unused",
      ),
    ).toEqual(bound.unused);
  });

  it.each([
    [
      "weight_g and weight_v",
      { [`wav2vec2.${CONV}.weight_g`]: handle([1, 1, 4]), [`wav2vec2.${CONV}.weight_v`]: handle([8, 2, 4]) },
    ],
    ["parametrizations", { [FACTORED[0]!]: handle([1, 1, 4]), [FACTORED[1]!]: handle([8, 2, 4]) }],
    ["a folded weight", { [`${CONV}.weight`]: handle([8, 2, 4]) }],
  ])("counts %s as one weight, whichever spelling the model asks for", (_, entries) => {
    const file = checkpoint(entries);
    const folded = [{ name: `${CONV}.weight`, shape: [8, 2, 4] }];
    const factored = [{ name: FACTORED[0]!, shape: [1, 1, 4] }, { name: FACTORED[1]!, shape: [8, 2, 4] }]; // prettier-ignore
    expect(bindWeights(folded, file).unused).toEqual([]);
    expect(bindWeights(factored, file).unused).toEqual([]);
    expect(
      paths(
        errorOf(() => bindWeights([], file)),
        "unused",
      ),
    ).toEqual([`${CONV}.weight`]);
  });

  it("refuses a file that holds a parameter under two names", () => {
    expect(() => checkpoint({ "wav2vec2.a": handle([1]), a: handle([1]) })).toThrow(
      /holds "a" under two names, the second is "a"/,
    );
    expect(() => checkpoint({ [`${CONV}.weight`]: handle([8, 2, 4]), [`${CONV}.weight_g`]: handle([1, 1, 4]), [`${CONV}.weight_v`]: handle([8, 2, 4]) })).toThrow(/both with and without weight norm/); // prettier-ignore
  });

  it("compares the names of a 48-layer model in seconds", () => {
    const name = (i: number, j: number, end: string) => `encoder.layers.${i}.part${j}.${end}`;
    const entries = Array.from({ length: 48 * 16 }, (_, i) => i);
    const file = checkpoint(
      Object.fromEntries(entries.map((i) => [name(i >> 4, i & 15, "weights"), handle([1])])),
    );
    const start = performance.now();
    const error = errorOf(() =>
      bindWeights(
        entries.map((i) => ({ name: name(i >> 4, i & 15, "weight"), shape: [1] })),
        file,
      ),
    );
    expect(paths(error, "missing").length).toBe(768);
    expect(error.message).toContain(
      '"encoder.layers.47.part15.weight"; nearest: "encoder.layers.47.part15.weights"',
    );
    expect(performance.now() - start).toBeLessThan(8000);
  });
});

describe("the nearest name", () => {
  it("has the fewest edits, and is none where nothing is similar", () => {
    expect(nearestName("kitten", ["mitten", "sitting", "kittens!"])).toBe("mitten");
    expect(nearestName("kitten", ["dog", "aquarium"])).toBeUndefined();
  });
});

describe("binding a model", () => {
  const params = [{ name: "encoder.layers.0.weight", shape: [2] }, { name: "lm_head.weight", shape: [2] }]; // prettier-ignore
  const file = (...others: string[]) =>
    checkpoint(Object.fromEntries([...params.map(({ name }) => name), ...others].map((key) => [key, handle([2])]))); // prettier-ignore
  const plain = { positional: { kernel: 4, groups: 2 } };

  it("leaves other modules aside, and buffers that nothing computes with", () => {
    const others = ["quantizer.codevectors", "projector.weight", "lm_head_old.weight", "masked_spec_embed"];
    const bound = bindModel(params, file(...others, "encoder.embed_positions.inv_freq"), plain);
    expect([...bound.weights.keys()]).toEqual(["encoder.layers.0.weight", "lm_head.weight"]);
    expect(bound.unused).toHaveLength(5);
  });

  it("refuses what its own modules do not use, unless it is bound elsewhere", () => {
    const extra = file("encoder.layers.1.weight");
    expect(
      paths(
        errorOf(() => bindModel(params, extra, plain)),
        "unused",
      ),
    ).toEqual(["encoder.layers.1.weight"]);
    expect(bindModel(params, extra, plain, { ignore: [/layers\.1/] }).unused).toHaveLength(1);
    const conformer = file(`${CONV}.bias`);
    expect(bindModel(params, conformer, {}).unused).toEqual([`${CONV}.bias`]);
    expect(
      paths(
        errorOf(() => bindModel(params, conformer, plain)),
        "unused",
      ),
    ).toEqual([`${CONV}.bias`]);
  });
});
