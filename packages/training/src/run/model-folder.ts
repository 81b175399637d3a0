// A model in training as Hugging Face keeps models: a folder that our loader, and Python's, opens.
import { writeSafetensors } from "@wav2vec/checkpoints";
import type { WeightHandle, Weights } from "@wav2vec/core";
import { join } from "node:path";
import { writeDurably } from "./durable-files.js";

/** Everything beside the weights. */
export interface ModelDescription {
  /** config.json, without `architectures`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly normalise: boolean;
  /** Tokens by id; only recognisers have them. */
  readonly tokens?: readonly string[];
  /** Code of the language that adapters and head are for: they are written to a file of their own too, as MMS has it. */
  readonly language?: string | undefined;
  /** What follows the family's name in the class of the transformers library; default ForCTC or ForPreTraining. */
  readonly architecture?: string;
  /** Which weights are not the encoder's; default those of CTC and pre-training. */
  readonly isHead?: (key: string) => boolean;
}

/** Class names of the transformers library by `model_type`. */
const CLASSES: Readonly<Record<string, string>> = {
  wav2vec2: "Wav2Vec2",
  hubert: "Hubert",
  wavlm: "WavLM",
  "data2vec-audio": "Data2VecAudio",
  unispeech: "UniSpeech",
  "unispeech-sat": "UniSpeechSat",
  "wav2vec2-conformer": "Wav2Vec2Conformer",
  "wav2vec2-bert": "Wav2Vec2Bert",
};
/** What MMS keeps of each language. */
const LANGUAGE = /\.adapter_layer\.|^lm_head\./;
const HEADS = /^(lm_head|quantizer|project_hid|project_q)(\.|$)/;

/**
 * Writes the folder's files; weights come last, so that a folder without them is no model, and are renamed into place.
 *
 * @param folder exists
 * @param weights by key without model prefix; every one is written
 */
export async function writeModelFolder(
  folder: string,
  description: ModelDescription,
  weights: Weights,
): Promise<void> {
  const { config, normalise, tokens, language, isHead = (key) => HEADS.test(key) } = description;
  const { architecture = tokens ? "ForCTC" : "ForPreTraining" } = description;
  const type = String(config["model_type"] ?? "wav2vec2");
  const json = (name: string, value: unknown) =>
    writeDurably(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  await json("config.json", {
    ...config,
    architectures: [`${CLASSES[type] ?? "Wav2Vec2"}${architecture}`],
  });
  await json("preprocessor_config.json", {
    feature_extractor_type: "Wav2Vec2FeatureExtractor",
    feature_size: 1,
    sampling_rate: 16000,
    padding_side: "right",
    padding_value: 0,
    do_normalize: normalise,
    return_attention_mask: config["feat_extract_norm"] === "layer",
  });
  if (tokens) {
    const ids = Object.fromEntries(tokens.map((token, id) => [token, id]));
    await json("vocab.json", language === undefined ? ids : { [language]: ids });
    await json("tokenizer_config.json", {
      tokenizer_class: "Wav2Vec2CTCTokenizer",
      pad_token: tokens[Number(config["pad_token_id"] ?? 0)],
      unk_token: "<unk>",
      bos_token: "<s>",
      eos_token: "</s>",
      word_delimiter_token: "|",
      do_lower_case: false,
      ...(language !== undefined && { target_lang: language }),
    });
  }
  const prefix = type.replaceAll("-", "_");
  const write = (name: string, own: Iterable<[string, WeightHandle]>) =>
    writeSafetensors(
      join(folder, name),
      new Map(
        [...own].map(([key, handle]) => [
          isHead(key) ? key : `${prefix}.${key}`,
          { shape: handle.shape, data: () => handle.read() },
        ]),
      ),
      { format: "pt" },
    );
  if (language !== undefined)
    await write(
      `adapter.${language}.safetensors`,
      [...weights].filter(([key]) => LANGUAGE.test(key)),
    );
  await write("model.safetensors", weights);
}
