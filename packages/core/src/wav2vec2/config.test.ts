import { describe, expect, it } from "vitest";
import { symbol } from "../graph/dim.js";
import { graph, input, type Param } from "../graph/graph.js";
import { parseConfig } from "./config.js";
import { encode } from "./encoder.js";
import { frameCount, receptiveField, samplesPerFrame } from "./frame-counts.js";
import { namedConfig, namedConfigs, type NamedConfig } from "./named-configs.js";

/** Parameters of the encoder with the mask embedding and weight norm, as fairseq and HF count them. */
const PARAMETER_COUNTS: Record<NamedConfig, number> = {
  base: 94_371_712,
  large: 315_428_992,
  lv60: 315_438_720,
  "xls-r-300m": 315_438_720,
  "xls-r-1b": 962_497_408,
  "xls-r-2b": 2_159_259_648,
  "mms-1b": 962_497_408 + 2_151_168, // 48 attention adapters of width 16
};

function encoderParams(name: NamedConfig): readonly Param[] {
  const config = namedConfig(name);
  const samples = input("samples", [symbol("batch"), symbol("samples")]);
  const frames = symbol("frames");
  const probe = encode(samples, config, { weightNorm: "factored" });
  const timeMask = input("timeMask", [symbol("batch"), probe.last.shape[1] ?? frames], "bool");
  return graph({ last: encode(samples, config, { timeMask, weightNorm: "factored" }).last }).params;
}

describe("published sizes", () => {
  it.each(namedConfigs)("%s has the parameters of the published checkpoint", (name) => {
    const count = encoderParams(name).reduce(
      (sum, { shape }) => sum + shape.reduce((n, dim) => n * dim, 1),
      0,
    );
    expect(count).toBe(PARAMETER_COUNTS[name]);
  });

  it.each([
    [399, 0],
    [400, 1],
    [719, 1],
    [720, 2],
    [16000, 49],
    [160000, 499],
    [480000, 1499],
  ])("%i samples give %i frames", (samples, frames) => {
    expect(frameCount(samples, namedConfig("base"))).toBe(frames);
  });

  it("sees 400 samples a frame and moves by 320", () => {
    expect(receptiveField(namedConfig("base"))).toBe(400);
    expect(samplesPerFrame(namedConfig("base"))).toBe(320);
  });
});

describe("parseConfig refuses", () => {
  it.each([
    [
      { model_type: "whisper" },
      'config: model_type is "whisper"; expected one of wav2vec2, unispeech, unispeech-sat, hubert, wavlm, data2vec-audio, wav2vec2-conformer, wav2vec2-bert',
    ],
    [{ hidden_size: "768" }, 'config: hidden_size is "768"; expected a whole number from 1 to 1048576'],
    [{ hidden_size: 1e9 }, "config: hidden_size is 1000000000; expected a whole number from 1 to 1048576"],
    [{ num_hidden_layers: -1 }, "config: num_hidden_layers is -1; expected a whole number from 1 to 1000"],
    [{ num_attention_heads: 5 }, "config: num_attention_heads is 5 and does not divide hidden_size 768"],
    [
      { num_conv_pos_embedding_groups: 7 },
      "config: num_conv_pos_embedding_groups is 7 and does not divide hidden_size 768",
    ],
    [
      { conv_stride: [5, 2] },
      "config: conv_dim, conv_kernel and conv_stride have 7, 7 and 2 entries; expected one per layer in each",
    ],
    [
      { conv_stride: [5, 0, 2, 2, 2, 2, 2] },
      "config: conv_stride is 0; expected a whole number from 1 to 1048576",
    ],
    [{ feat_extract_norm: "batch" }, 'config: feat_extract_norm is "batch"; expected one of group, layer'],
    [{ hidden_act: "constructor" }, 'config: hidden_act is "constructor"; expected one of gelu, relu, swish'],
    [{ ctc_emission_delay: 66 }, "config: ctc_emission_delay is 66; expected a number from 0 to 1"],
    [{ layer_norm_eps: NaN }, "config: layer_norm_eps is null; expected a number from 0 to 1"],
    [
      { adapter_attn_dim: 16 },
      "config: adapter_attn_dim is set but do_stable_layer_norm is false; only pre-norm layers have attention adapters",
    ],
    [[], "config: got a list; expected a JSON object"],
    [null, "config: got null; expected a JSON object"],
  ])("%j", (json, message) => {
    expect(() => parseConfig(json)).toThrow(expect.objectContaining({ name: "ConfigError", message }));
  });
});
