// A Hugging Face config.json and preprocessor from the settings that a fairseq checkpoint carries.
import type { Weights } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import type { PyDict } from "../pickle/values.js";
import type { Preprocessor } from "../processor/preprocessor.js";
import { parseConvLayers } from "./conv-layers.js";
import { headFields } from "./head-fields.js";
import { settingsOf, type Settings } from "./fairseq-settings.js";

/** The default of fairseq's Wav2Vec2Config. */
const DEFAULT_CONV_LAYERS = "[(512, 10, 5)] + [(512, 3, 2)] * 4 + [(512,2,2)] + [(512,2,2)]";

/** What a fairseq checkpoint says about its model and its input. */
export interface FairseqDescription {
  readonly config: Readonly<Record<string, unknown>>;
  readonly preprocessor: Preprocessor;
}

/**
 * Reads `cfg` (2021 and later) or `args` (before); a fine-tuned checkpoint holds its pre-training settings in `w2v_args`.
 *
 * @param root the unpickled checkpoint
 * @param weights under Hugging Face names, for the size of the head
 * @returns undefined if the checkpoint carries no settings
 * @throws FormatError if a setting has an unexpected type, or conv_feature_layers is not a plain list
 */
export function describeFairseq(
  file: string,
  root: PyDict,
  weights: Weights,
): FairseqDescription | undefined {
  const tree = settingsOf(root.get("cfg")) ?? settingsOf(root.get("args"));
  if (!tree) return undefined;
  const outer = tree.below("model") ?? tree;
  const task = tree.below("task") ?? tree;
  const inner = outer.below("w2v_args");
  const body = inner ? (inner.below("model") ?? inner) : outer;
  const read = reader(file, body);
  const layerNorm = read.text("extractor_mode", "default") === "layer_norm";
  const config = {
    model_type: modelType(read.text("_name", read.text("arch", "wav2vec2"))),
    ...bodyFields(file, read, layerNorm),
    ...quantiserFields(read),
    ...regularisationFields(reader(file, outer), read),
    ...headFields(weights),
  };
  const input = reader(file, task);
  const normalise = input.flag("normalize", reader(file, outer).flag("normalize", false));
  const sampleRate = input.number("sample_rate", 16000);
  return {
    config,
    preprocessor: {
      doNormalize: normalise,
      sampleRate,
      returnAttentionMask: layerNorm,
      featureSize: 1,
      paddingValue: 0,
    },
  };
}

function modelType(name: string): string {
  return /hubert/.test(name) ? "hubert" : /data2vec/.test(name) ? "data2vec-audio" : "wav2vec2";
}

function bodyFields(file: string, read: Reader, layerNorm: boolean): Record<string, unknown> {
  const layers = parseConvLayers(file, read.text("conv_feature_layers", DEFAULT_CONV_LAYERS));
  return {
    feat_extract_norm: layerNorm ? "layer" : "group",
    feat_extract_activation: "gelu",
    conv_dim: layers.map(({ channels }) => channels),
    conv_kernel: layers.map(({ kernel }) => kernel),
    conv_stride: layers.map(({ stride }) => stride),
    conv_bias: read.flag("conv_bias", false),
    num_feat_extract_layers: layers.length,
    num_conv_pos_embeddings: read.number("conv_pos", 128),
    num_conv_pos_embedding_groups: read.number("conv_pos_groups", 16),
    hidden_size: read.number("encoder_embed_dim", 768),
    num_hidden_layers: read.number("encoder_layers", 12),
    num_attention_heads: read.number("encoder_attention_heads", 12),
    intermediate_size: read.number("encoder_ffn_embed_dim", 3072),
    hidden_act: read.text("activation_fn", "gelu"),
    do_stable_layer_norm: read.flag("layer_norm_first", false),
    layer_norm_eps: 1e-5,
    pad_token_id: 0,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

function quantiserFields(read: Reader): Record<string, unknown> {
  const projected = read.number("final_dim", 0) || read.number("encoder_embed_dim", 768);
  return {
    num_codevectors_per_group: read.number("latent_vars", 320),
    num_codevector_groups: read.number("latent_groups", 2),
    codevector_dim: read.number("latent_dim", 0) || projected,
    proj_codevector_dim: projected,
    contrastive_logits_temperature: read.number("logit_temp", 0.1),
    num_negatives: read.number("num_negatives", 100),
  };
}

/** Dropouts and masks; fine-tuning has its own, and pre-training's where it says nothing. */
function regularisationFields(outer: Reader, body: Reader): Record<string, unknown> {
  const number = (name: string, missing: number) => outer.number(name, body.number(name, missing));
  return {
    hidden_dropout: number("dropout", 0.1),
    attention_dropout: number("attention_dropout", 0.1),
    activation_dropout: number("activation_dropout", 0),
    feat_proj_dropout: number("dropout_input", 0),
    final_dropout: number("final_dropout", 0),
    layerdrop: outer.number("layerdrop", body.number("encoder_layerdrop", 0)),
    mask_time_prob: number("mask_prob", 0.65),
    mask_time_length: number("mask_length", 10),
    mask_feature_prob: number("mask_channel_prob", 0),
    mask_feature_length: number("mask_channel_length", 10),
  };
}

/** Typed access to settings; a null counts as absent. */
interface Reader {
  number(name: string, missing: number): number;
  text(name: string, missing: string): string;
  flag(name: string, missing: boolean): boolean;
}

function reader(file: string, settings: Settings): Reader {
  function typed<T extends "number" | "string" | "boolean">(name: string, type: T): unknown {
    const value = settings.get(name) ?? undefined;
    if (value !== undefined && typeof value !== type)
      throw new FormatError(
        file,
        `setting ${name} is not a ${type}; the checkpoint is damaged or of an unknown kind`,
      );
    return value;
  }
  return {
    number: (name, missing) => (typed(name, "number") as number | undefined) ?? missing, // typed() checked it
    text: (name, missing) => (typed(name, "string") as string | undefined) ?? missing, // typed() checked it
    flag: (name, missing) => (typed(name, "boolean") as boolean | undefined) ?? missing, // typed() checked it
  };
}
