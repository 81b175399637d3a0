import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { WeightHandle } from "@wav2vec/core";
import { hasReference, referencePath } from "../fixtures/reference.js";
import type { PyDict, PyValue } from "../pickle/values.js";
import { parseConvLayers } from "./conv-layers.js";
import { describeFairseq } from "./fairseq-config.js";
import { firstAdapter, fromFairseqKey } from "./fairseq-layout.js";

/** JSON as the unpickler would have read it. */
function unpickled(value: unknown): PyValue {
  if (Array.isArray(value)) return value.map(unpickled);
  if (typeof value !== "object" || value === null) return value as PyValue; // JSON scalars are Python scalars
  return new Map(Object.entries(value).map(([key, field]) => [key, unpickled(field)]));
}

const readJson = (...path: string[]) =>
  JSON.parse(readFileSync(referencePath("configs", ...path), "utf8")) as Record<string, unknown>;
const HEAD = new Map<string, WeightHandle>([
  ["lm_head.weight", { shape: [32, 8], dtype: "float32", read: async () => new Float32Array() }],
]);
const ARCHITECTURE = [
  "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act", "conv_dim",
  "conv_kernel", "conv_stride", "conv_bias", "feat_extract_norm", "do_stable_layer_norm", "num_conv_pos_embeddings",
  "num_conv_pos_embedding_groups", "vocab_size", "pad_token_id",
]; // prettier-ignore

describe.skipIf(!hasReference)("the config of a published fairseq checkpoint", () => {
  it.each([
    ["wav2vec_small_960h", "wav2vec2-base-960h"],
    ["wav2vec_small", "wav2vec2-base"],
    ["wav2vec_large_960h", "wav2vec2-large-960h"],
    ["wav2vec_large_lv60k_960h", "wav2vec2-large-960h-lv60"],
    ["wav2vec_large_lv60k_self_960h", "wav2vec2-large-960h-lv60-self"],
    ["wav2vec_vox_new", "wav2vec2-large-lv60"],
    ["libri960_big", "wav2vec2-large"],
    ["xlsr_53_56k", "wav2vec2-large-xlsr-53"],
    ["xlsr_300m", "wav2vec2-xls-r-300m"],
    ["xlsr_1b", "wav2vec2-xls-r-1b"],
    ["xlsr_2b", "wav2vec2-xls-r-2b"],
  ])("%s has the architecture of %s", (fairseq, huggingFace) => {
    const root: PyDict = new Map([
      ["cfg", new Map([["model", unpickled(readJson("fairseq", `${fairseq}.json`))]])],
    ]);
    const actual = describeFairseq("file", root, HEAD)!.config;
    const expected = readJson("huggingface", `${huggingFace}.json`);
    for (const field of ARCHITECTURE)
      if (field in expected) expect([field, actual[field]]).toEqual([field, expected[field]]);
    expect(actual["hidden_size"]).toBeGreaterThan(700);
  });
});

describe("fairseq settings", () => {
  it("take normalisation from the task, then from the fine-tuned model", () => {
    const doNormalize = (task: PyDict, model: PyDict) => describeFairseq("file", new Map([["cfg", new Map([["task", task], ["model", model]])]]), HEAD)!.preprocessor.doNormalize; // prettier-ignore
    expect(doNormalize(new Map([["normalize", true]]), new Map([["normalize", false]]))).toBe(true);
    expect(doNormalize(new Map(), new Map([["normalize", true]]))).toBe(true);
    expect(doNormalize(new Map(), new Map())).toBe(false);
  });

  it("of the wrong type are an error that names them", () => {
    const root: PyDict = new Map([["cfg", new Map([["model", new Map([["encoder_layers", "12"]])]])]]);
    expect(() => describeFairseq("file", root, HEAD)).toThrow(/setting encoder_layers is not a number/);
  });
});

describe("conv_feature_layers", () => {
  it("is read in every spelling that checkpoints use", () => {
    const spellings = ["[(512, 10, 5)] + [(512, 3, 2)] * 4 + [(512,2,2)] * 2", "[(512, 10, 5)] + [(512, 3, 2)] * 4 + [(512,2,2)] + [(512,2,2)]", "[(512,10,5), (512,3,2), (512,3,2), (512,3,2), (512,3,2), (512,2,2), (512,2,2),]"]; // prettier-ignore
    for (const spelling of spellings) {
      const layers = parseConvLayers("file", spelling);
      expect(layers.map(({ kernel, stride }) => [kernel, stride])).toEqual([[10, 5], [3, 2], [3, 2], [3, 2], [3, 2], [2, 2], [2, 2]]); // prettier-ignore
      expect(layers.every(({ channels }) => channels === 512)).toBe(true);
    }
  });

  it.each([
    "__import__('os')",
    "[(1,2,3)] * 1000000000",
    "[(1,2,3)] * 65",
    "[]",
    "",
    "[(1,2)]",
    "[(1,2,3)] - [(1,2,3)]",
    "[(-1,2,3)]",
    "[(1,2,3)] * 0",
  ])("refuses %s", (expression) => {
    expect(() => parseConvLayers("file", expression)).toThrow(/conv_feature_layers .* expected lists like/);
  });
});

describe("fairseq adapters", () => {
  it("have Hugging Face's names and only the first language", async () => {
    expect(fromFairseqKey("w2v_encoder.w2v_model.encoder.layers.3.adapter_layer.ln_W")).toBe(
      "encoder.layers.3.adapter_layer.norm.weight",
    );
    const stacked: WeightHandle = {
      shape: [2, 2, 2],
      dtype: "float32",
      read: async () => new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]),
    };
    const first = firstAdapter("encoder.layers.3.adapter_layer.linear_1.weight", stacked);
    expect(first.shape).toEqual([2, 2]);
    expect([...(await first.read())]).toEqual([1, 2, 3, 4]);
    expect(firstAdapter("encoder.layers.3.attention.k_proj.weight", stacked)).toBe(stacked);
  });
});
