import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Weights } from "@wav2vec/core";
import { hasReference, referencePath } from "./fixtures/reference.js";
import { openLocalFile } from "./files/local-file.js";
import { readSafetensors } from "./files/safetensors.js";
import { fromFairseqKey } from "./layouts/fairseq-layout.js";
import { newSpelling } from "./layouts/weight-norm.js";
import { openLanguage } from "./language-adapter.js";
import { openCheckpoint, type Checkpoint } from "./open-checkpoint.js";
import { openWeights } from "./weight-files.js";

/** g · v / ‖v‖ in float32 against a weight folded in float64. */
const FOLD_TOLERANCE = 2e-6;

const open: Checkpoint[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((checkpoint) => checkpoint.close()))));

async function load(...path: string[]): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(referencePath("models", ...path));
  open.push(checkpoint);
  return checkpoint;
}

/** Largest difference, relative to the largest value, over all keys of `expected` but `except`. */
async function largestDifference(actual: Weights, expected: Weights, except: RegExp = /^$/): Promise<number> {
  let largest = 0;
  for (const [key, handle] of expected) {
    if (except.test(key)) continue;
    const [a, b] = [await actual.get(key)!.read(), await handle.read()];
    expect([key, actual.get(key)?.shape, a.length]).toEqual([key, handle.shape, b.length]);
    const scale = b.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    for (let i = 0; i < b.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!) / scale);
  }
  return largest;
}

const SAME_WEIGHTS = [
  ["formats/large-sharded", "wav2vec2-lv60-ctc", "safetensors, 3 files"],
  ["formats/base-bin", "wav2vec2-base-ctc", "pytorch zip"],
  ["formats/base-bin-sharded", "wav2vec2-base-ctc", "pytorch zip, 2 files"],
  ["formats/base-bin-views", "wav2vec2-base-ctc", "pytorch zip"],
  ["formats/large-bin-legacy", "wav2vec2-lv60-ctc", "pytorch legacy"],
  ["formats/large-weight-norm-folded", "wav2vec2-lv60-ctc", "safetensors"],
  ["formats/fairseq/base-ctc.pt", "wav2vec2-base-ctc", "fairseq, pytorch legacy"],
  ["formats/fairseq/large-ctc.pt", "wav2vec2-lv60-ctc", "fairseq, pytorch zip"],
  ["formats/fairseq/base-pretrained.pt", "wav2vec2-base-pretraining", "fairseq, pytorch zip"],
  ["formats/fairseq/large-pretrained.pt", "wav2vec2-lv60-pretraining", "fairseq, pytorch legacy"],
  ["formats/torchaudio/base.pth", "wav2vec2-base-ctc", "torchaudio, pytorch zip"],
  ["formats/torchaudio/large.pth", "wav2vec2-lv60-ctc", "torchaudio, pytorch zip"],
] as const;

describe.skipIf(!hasReference)("every format of the same weights", () => {
  it.each(SAME_WEIGHTS)("%s holds the weights of %s", async (path, original, format) => {
    const [actual, expected] = [await load(path), await load(original)];
    expect(actual.format).toBe(format);
    const extra = [...actual.weights.keys()].filter((key) => !expected.weights.has(key));
    expect(extra).toEqual(path.endsWith("views") ? ["extra.same_storage_again"] : []);
    // torchaudio has no mask embedding; a folded weight has lost its g and v
    const except = path.includes("torchaudio")
      ? /^masked_spec_embed$/
      : path.endsWith("folded")
        ? /pos_conv_embed/
        : /^$/;
    expect(await largestDifference(actual.weights, expected.weights, except)).toBe(0);
    if (!path.endsWith("folded")) return;
    const folded = new Map(
      [...expected.weights].filter(([key]) => key.endsWith("pos_conv_embed.conv.weight")),
    );
    expect(folded.size).toBe(1);
    expect(await largestDifference(actual.weights, folded)).toBeLessThan(FOLD_TOLERANCE);
  });

  it.each([
    ["base-float16", "wav2vec2-base-ctc", "float16", 2 ** -11],
    ["large-bfloat16", "wav2vec2-lv60-ctc", "bfloat16", 2 ** -8],
  ] as const)("%s is %s rounded", async (name, original, dtype, tolerance) => {
    const [actual, expected] = [await load("formats", name), await load(original)];
    expect(actual.weights.get("lm_head.weight")?.dtype).toBe(dtype);
    const difference = await largestDifference(
      actual.weights,
      expected.weights,
      /pos_conv_embed.conv.weight$/,
    );
    expect(difference).toBeLessThanOrEqual(tolerance);
    expect(difference).toBeGreaterThan(tolerance / 8); // it was rounded
  });

  it.each(["base", "large"])("sums of the pre-trained fairseq %s agree with PyTorch's", async (style) => {
    const names = JSON.parse(await readFile(referencePath("goldens/formats.json"), "utf8")) as Record<
      string,
      string[]
    >;
    const file = await openLocalFile(referencePath("goldens/formats.safetensors"));
    const sums = await (await readSafetensors(file)).tensors.get(`fairseq.${style}-pretrained.sums`)!.read();
    await file.close();
    const { weights } = await load(`formats/fairseq/${style}-pretrained.pt`);
    const keys = names[`fairseq.${style}-pretrained.names`]!;
    expect(keys.length).toBe(sums.length);
    for (const [i, key] of keys.entries()) {
      const values = await weights.get(newSpelling(fromFairseqKey(key)))!.read();
      expect([key, Math.abs(sum(values) - sums[i]!) < 1e-4]).toEqual([key, true]);
    }
  });

  it("reads settings and dictionary of fairseq files, whatever holds them", async () => {
    for (const [name, original] of [
      ["base-ctc", "wav2vec2-base-ctc"],
      ["large-ctc", "wav2vec2-lv60-ctc"],
    ] as const) {
      // prettier-ignore
      const [fairseq, huggingFace] = [await load(`formats/fairseq/${name}.pt`), await load(original)];
      const shared = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "conv_dim", "conv_kernel", "conv_stride", "conv_bias", "feat_extract_norm", "do_stable_layer_norm", "num_conv_pos_embeddings", "num_conv_pos_embedding_groups", "hidden_act", "layer_norm_eps", "vocab_size", "pad_token_id", "model_type", "architectures"]; // prettier-ignore
      for (const field of shared)
        expect([field, fairseq.config?.[field]]).toEqual([field, huggingFace.config?.[field]]);
      expect(fairseq.vocabulary?.tokens).toEqual(huggingFace.vocabulary?.tokens);
      expect(fairseq.preprocessor?.doNormalize).toBe(name === "large-ctc");
      expect(fairseq.preprocessor?.returnAttentionMask).toBe(huggingFace.preprocessor?.returnAttentionMask);
    }
  });

  it("reads the pre-training sizes of fairseq files", async () => {
    const [fairseq, huggingFace] = [
      await load("formats/fairseq/base-pretrained.pt"),
      await load("wav2vec2-base-pretraining"),
    ];
    for (const field of [
      "codevector_dim",
      "proj_codevector_dim",
      "num_codevectors_per_group",
      "num_codevector_groups",
      "num_negatives",
      "contrastive_logits_temperature",
      "architectures",
    ])
      // prettier-ignore
      expect([field, fairseq.config?.[field]]).toEqual([field, huggingFace.config?.[field]]);
  });

  it("derives a config for torchaudio's files from the shapes, and says what it assumed", async () => {
    for (const [path, original] of [
      ["torchaudio/base.pth", "wav2vec2-base-ctc"],
      ["torchaudio/large.pth", "wav2vec2-lv60-ctc"],
    ] as const) {
      // prettier-ignore
      const [torchaudio, huggingFace] = [await load("formats", path), await load(original)];
      const { config } = torchaudio;
      for (const field of Object.keys(config!))
        expect([field, config?.[field]]).toEqual([field, huggingFace.config?.[field]]);
      expect(torchaudio.notes.join()).toMatch(/assumed 4 attention heads/);
    }
  });

  it("gives locations that hold the very bytes of a contiguous float32 weight", async () => {
    for (const path of [
      "wav2vec2-base-ctc",
      "formats/base-bin",
      "formats/large-bin-legacy",
      "formats/fairseq/large-ctc.pt",
    ]) {
      const { weights } = await load(path);
      const { location, read } = weights.get("encoder.layers.0.attention.k_proj.weight")!;
      const bytes = (await readFile(location!.path)).subarray(
        location!.offset,
        location!.offset + location!.length,
      );
      expect(new Float32Array(new Uint8Array(bytes).buffer)).toEqual(await read());
    }
  });

  it("gives no location to views and to weights that are computed", async () => {
    const { weights } = await load("formats/base-bin-views");
    expect(weights.get("encoder.layers.0.feed_forward.intermediate_dense.weight")?.location).toBeUndefined();
    expect(weights.get("encoder.pos_conv_embed.conv.weight")?.location).toBeUndefined();
    expect(weights.get("encoder.layers.0.attention.v_proj.bias")?.location?.length).toBe(4 * 32);
  });

  it.each(["fra", "deu", "cmn-script_simplified"])(
    "switches to the adapter, head and vocabulary of %s",
    async (language) => {
      const body = await load("wav2vec2-mms-adapter");
      expect(body.vocabulary?.tokens.length).toBe(32);
      const switched = await openLanguage(body, language);
      open.push(switched);
      expect(switched.weights.get("lm_head.weight")?.shape[0]).toBe(switched.vocabulary?.tokens.length);
      expect(switched.config?.["vocab_size"]).toBe(switched.vocabulary?.tokens.length);
      const key = "encoder.layers.0.adapter_layer.linear_1.weight";
      expect(await switched.weights.get(key)!.read()).not.toEqual(await body.weights.get(key)!.read());
      expect(switched.weights.get("encoder.layer_norm.weight")).toBe(
        body.weights.get("encoder.layer_norm.weight"),
      );
    },
  );

  it.each([
    ["fra", "adapter.fra.safetensors"],
    ["deu", "adapter.deu.bin"],
  ])("reads the adapter of %s into one buffer, as it is in %s", async (language, name) => {
    const body = await load("wav2vec2-mms-adapter");
    const switched = await openLanguage(body, language);
    open.push(switched);
    const { tensors, close } = await openWeights(body.origin, name);
    expect(tensors.size).toBe(14);
    const buffers = new Set<ArrayBufferLike>();
    for (const [key, handle] of tensors) {
      const values = await switched.weights.get(key.replace(/^wav2vec2\./, ""))!.read();
      expect([key, ...values]).toEqual([key, ...(await handle.read())]);
      buffers.add(values.buffer);
    }
    await close();
    expect(buffers.size).toBe(1);
  });

  it("names the languages there are when asked for another", async () => {
    const body = await load("wav2vec2-mms-adapter");
    await expect(openLanguage(body, "xxx")).rejects.toThrow(
      /no vocabulary for language "xxx"; it has eng, fra, deu, cmn-script_simplified$/,
    );
  });

  it.each([
    ["frr", "fra"],
    ["cmn", "cmn-script_simplified"],
  ])("names the nearest language when asked for %s", async (asked, nearest) => {
    await expect(openLanguage(await load("wav2vec2-mms-adapter"), asked)).rejects.toThrow(
      `nearest: "${nearest}"`,
    );
  });

  it("refuses to guess among several weight files", async () => {
    await expect(load("formats/fairseq")).rejects.toThrow(
      /several weight files \(base-ctc.pt, .*name one of them/,
    );
  });
});

function sum(values: Float32Array): number {
  return values.reduce((a, b) => a + b, 0);
}
