// From the names in a file to the names of the graph: Hugging Face keys without the model prefix.
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import { firstAdapter, fromFairseqKey, isFairseqLayout } from "./fairseq-layout.js";
import { stripModelPrefix } from "./prefix.js";
import { fromTorchaudioKey, isTorchaudioLayout } from "./torchaudio-layout.js";
import { addSpellings, newSpelling } from "./weight-norm.js";

/** Whose names a file uses. */
export type Layout = "huggingface" | "fairseq" | "torchaudio";

/**
 * Renames every tensor and adds the other spellings of weight norm.
 *
 * @param stored tensors under the names of the file
 * @throws FormatError if two names mean the same parameter
 */
export function canonicalWeights(
  file: string,
  stored: ReadonlyMap<string, WeightHandle>,
): { layout: Layout; weights: Map<string, WeightHandle> } {
  const layout = isFairseqLayout(stored.keys())
    ? "fairseq"
    : isTorchaudioLayout(stored.keys())
      ? "torchaudio"
      : "huggingface";
  const rename = { fairseq: fromFairseqKey, torchaudio: fromTorchaudioKey, huggingface: stripModelPrefix }[
    layout
  ];
  const weights = new Map<string, WeightHandle>();
  for (const [name, handle] of stored) {
    const key = newSpelling(rename(name));
    if (weights.has(key))
      throw new FormatError(
        file,
        `holds "${key}" under two names, the second is "${name}"; expected one; delete one`,
      );
    weights.set(key, layout === "fairseq" ? firstAdapter(key, handle) : handle);
  }
  addSpellings(file, weights);
  return { layout, weights };
}
