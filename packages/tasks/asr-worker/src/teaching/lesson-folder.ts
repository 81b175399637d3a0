// A taught model as a Hugging Face folder: the settings it was opened with, and the weights as they are now.
import { safetensorsBlob, type Checkpoint } from "@wav2vec/checkpoints";
import type { Weights } from "@wav2vec/core";

/** Settings that stay as they are; the model card does not, for its figures are those of another model. */
const SETTINGS = [
  "config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
];

/**
 * The files of the folder, weights in float32.
 *
 * @param weights by key without model prefix
 * @param texts what was taught, for the model card
 */
export async function lessonFolder(
  checkpoint: Checkpoint,
  weights: Weights,
  texts: readonly string[],
): Promise<File[]> {
  const { origin } = checkpoint;
  const kept = SETTINGS.filter((name) => origin.names.includes(name));
  const settings = await Promise.all(kept.map((name) => copyOf(name, checkpoint)));
  const made = Object.entries(described(checkpoint)).filter(([name]) => !kept.includes(name));
  const type = String(checkpoint.config?.["model_type"] ?? "wav2vec2");
  const tensors = await safetensorsBlob(
    "model.safetensors",
    new Map(
      [...weights].map(([key, handle]) => [
        /^lm_head\./.test(key) ? key : `${type.replaceAll("-", "_")}.${key}`,
        { shape: handle.shape, data: () => handle.read() },
      ]),
    ),
    { format: "pt" },
  );
  return [
    ...settings,
    ...made.map(([name, fields]) => new File([`${JSON.stringify(fields, null, 2)}\n`], name)),
    new File([cardOf(checkpoint, texts)], "README.md"),
    new File([tensors], "model.safetensors"),
  ];
}

async function copyOf(name: string, { origin }: Checkpoint): Promise<File> {
  const file = await origin.open(name);
  try {
    return new File([await file.read(0, file.size)], name);
  } finally {
    await file.close();
  }
}

/** The settings of a checkpoint that came without these files, such as fairseq's. */
function described({ config, preprocessor, vocabulary, tokenizer }: Checkpoint): Record<string, unknown> {
  return {
    "config.json": config,
    "preprocessor_config.json": {
      feature_extractor_type: "Wav2Vec2FeatureExtractor",
      do_normalize: preprocessor?.doNormalize ?? true,
      feature_size: 1,
      padding_value: 0,
      return_attention_mask: config?.["feat_extract_norm"] === "layer",
      sampling_rate: 16_000,
    },
    "vocab.json": Object.fromEntries((vocabulary?.tokens ?? []).map((token, id) => [token, id])),
    "tokenizer_config.json": {
      tokenizer_class: "Wav2Vec2CTCTokenizer",
      pad_token: tokenizer.padToken,
      unk_token: tokenizer.unkToken,
      bos_token: tokenizer.bosToken,
      eos_token: tokenizer.eosToken,
      word_delimiter_token: tokenizer.wordDelimiterToken,
      do_lower_case: tokenizer.doLowerCase,
    },
  };
}

function cardOf({ source, license }: Checkpoint, texts: readonly string[]): string {
  const list = [...new Set(texts)].map((text) => `- ${text}`).join("\n");
  return `---
library_name: wav2vec
pipeline_tag: automatic-speech-recognition
${license === undefined ? "" : `license: other\nlicense_name: ${license}\n`}---

# A recogniser taught in a browser

Fine-tuned from ${source} on ${texts.length} clips with the wav2vec playground. What was taught:

${list}

What the model could do before may have suffered; nothing was measured. The licence of the model it comes from applies${license === undefined ? "" : `: ${license}`}.
`;
}
