// torchaudio's parameter names to Hugging Face's.
// Names: https://github.com/pytorch/audio/blob/v2.5.0/src/torchaudio/models/wav2vec2/components.py

const RENAMES: readonly (readonly [RegExp, string])[] = [
  [/^encoder\.feature_projection\./, "feature_projection."],
  [/^encoder\.transformer\./, "encoder."],
  [/^mask_generator\.mask_embedding$/, "masked_spec_embed"],
  [/^aux\./, "lm_head."],
];

/** The 29 labels of torchaudio's English bundles; "-" is the blank. */
export const TORCHAUDIO_ENGLISH = "- | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split(" ");

/** True if the names are torchaudio's. */
export function isTorchaudioLayout(keys: Iterable<string>): boolean {
  for (const key of keys) if (/(^|\.)encoder\.transformer\.layers\.0\./.test(key)) return true;
  return false;
}

/** The Hugging Face name of a torchaudio parameter; unknown names pass through and are reported as unused. */
export function fromTorchaudioKey(key: string): string {
  const bare = key.replace(/^(model|wav2vec2)\./, "");
  return RENAMES.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), bare);
}
