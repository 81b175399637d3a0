// Model prefixes of Hugging Face checkpoints with a head: `wav2vec2.encoder…` and `encoder…` are the same parameter.

const MODEL_PREFIXES =
  /^(wav2vec2|hubert|wavlm|data2vec_audio|unispeech|unispeech_sat|wav2vec2_conformer|wav2vec2_bert)\./;

/** The key without its model prefix; heads (`lm_head`, `quantizer`, `projector`, …) have none. */
export function stripModelPrefix(key: string): string {
  return key.replace(MODEL_PREFIXES, "");
}
