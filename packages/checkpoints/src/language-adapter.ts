// MMS keeps one small file for each language beside a shared body: attention adapters and the CTC head.
import { FormatError } from "./errors.js";
import { heldBytes } from "./files/random-access.js";
import type { SourceFiles } from "./files/source-files.js";
import { canonicalWeights } from "./layouts/canonical.js";
import type { Checkpoint } from "./open-checkpoint.js";
import { nearestName } from "./nearest-name.js";
import { openWeights } from "./weight-files.js";

/** Keys an adapter file may replace. */
const ADAPTER_KEYS = /\.adapter_layer\.|^lm_head\./;

/**
 * Switches a checkpoint to a language: its adapter weights, head and vocabulary replace the body's.
 *
 * @param language code as in vocab.json and `adapter.CODE.safetensors`, e.g. "fra"
 * @returns a checkpoint that shares the body's files; closing it closes the adapter only. Its float32 weights are read as
 *   views of the adapter's bytes, so copy them before writing to them
 * @throws FormatError if the language is unknown, or its file holds anything but an adapter
 */
export async function openLanguage(checkpoint: Checkpoint, language: string): Promise<Checkpoint> {
  const { origin, languages } = checkpoint;
  const vocabulary = languages.get(language);
  const file = [`adapter.${language}.safetensors`, `adapter.${language}.bin`].find((name) =>
    origin.names.includes(name),
  );
  if (!vocabulary || file === undefined) {
    const known = [...languages.keys()].filter((code) =>
      origin.names.some((name) => name.startsWith(`adapter.${code}.`)),
    );
    const nearest = nearestLanguage(language, known);
    throw new FormatError(
      checkpoint.source,
      `has no ${vocabulary ? "adapter" : "vocabulary"} for language "${language}"; it has ${listed(known) || "no language adapters"}${nearest === undefined ? "" : `; nearest: "${nearest}"`}`,
    );
  }
  const stored = await openWeights(readAtOnce(origin), file);
  const { weights } = canonicalWeights(file, stored.tensors);
  const stranger = [...weights.keys()].find((key) => !ADAPTER_KEYS.test(key) || !checkpoint.weights.has(key));
  if (stranger !== undefined) {
    await stored.close();
    throw new FormatError(
      file,
      `holds "${stranger}", which is no adapter weight of this model; expected adapter layers and lm_head`,
    );
  }
  const head = weights.get("lm_head.weight");
  return {
    ...checkpoint,
    files: [...checkpoint.files, file],
    config: { ...checkpoint.config, ...(head && { vocab_size: head.shape[0] }) },
    tokenizer: { ...checkpoint.tokenizer, targetLang: language },
    vocabulary,
    weights: new Map([...checkpoint.weights, ...weights]),
    close: stored.close,
  };
}

/** Larger files are read tensor by tensor. */
const AT_ONCE_BYTES = 64 * 2 ** 20;

/** Reads a small file with one call and once only: an adapter is hundreds of tensors of a few kilobytes. */
function readAtOnce(source: SourceFiles): SourceFiles {
  return {
    ...source,
    async open(name) {
      const file = await source.open(name);
      if (file.size > AT_ONCE_BYTES) return file;
      try {
        return heldBytes(file.name, await file.read(0, file.size));
      } finally {
        await file.close();
      }
    },
  };
}

const LISTED = 12;

function listed(codes: readonly string[]): string {
  const more = codes.length - LISTED;
  return codes.slice(0, LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A variant such as "cmn-script_simplified" for "cmn", or the code with the fewest other letters. */
function nearestLanguage(language: string, known: readonly string[]): string | undefined {
  return known.find((code) => code.startsWith(`${language}-`)) ?? nearestName(language, known);
}
