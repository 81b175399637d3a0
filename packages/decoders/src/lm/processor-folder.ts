// Reads the decoder part of a Hugging Face folder written by Wav2Vec2ProcessorWithLM: alphabet, language model, unigrams, settings.
import type { BeamOptions } from "../ctc/beam-options.js";
import type { Vocabulary } from "../ctc/vocabulary.js";
import { LanguageModelError, type NgramModel } from "./model.js";
import { openLanguageModel } from "./open-model.js";

/** Gives the files of a folder, local or not. */
export interface FolderAccess {
  /** @returns names of the entries of a sub-folder, "" for the folder itself */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
}

/** Settings for `decodeBeam` that decode as the folder's own library does, its defects left out. */
export interface ProcessorDecoder {
  readonly options: BeamOptions;
  readonly vocabulary: Vocabulary;
  readonly model: NgramModel | undefined;
}

/**
 * Reads `alphabet.json` and, if it is there, `language_model/` with `attrs.json`, `unigrams.txt` and one model file.
 *
 * The library normalises its input again and raises probabilities to 1e-15: for equal scores pass emissions through
 * `normaliseEmissions(emissions, { floor: 1e-15 })`.
 *
 * @throws LanguageModelError naming the file and what is wrong with it
 * @see pyctcdecode 0.5.0, `BeamSearchDecoderCTC.load_from_dir`
 */
export async function readProcessorFolder(folder: FolderAccess): Promise<ProcessorDecoder> {
  const { labels, is_bpe: isPieces } = await readJson<{ labels: string[]; is_bpe: boolean }>(
    folder,
    "alphabet.json",
  );
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string") || !labels.includes("")) {
    throw new LanguageModelError(
      "alphabet.json",
      'no list of labels with "" for the blank; expected the file that pyctcdecode writes',
    );
  }
  const vocabulary: Vocabulary = {
    tokens: labels,
    blank: labels.indexOf(""),
    ...(labels.includes(" ") ? { wordDelimiter: labels.indexOf(" ") } : {}),
    ...(isPieces ? { wordPrefix: "▁" } : {}),
  };
  const search = { vocabulary, beamSize: 100, beamThreshold: 10, symbolThreshold: -5 };
  if (!(await folder.list("")).includes("language_model"))
    return { options: search, vocabulary, model: undefined };

  const names = (await folder.list("language_model")).filter(
    (name) => !name.startsWith(".") && !name.startsWith("__"),
  );
  const modelNames = names.filter((name) => /\.(arpa|bin|binary|gz)$/.test(name));
  if (modelNames.length !== 1) {
    throw new LanguageModelError(
      "language_model",
      `model files: ${modelNames.join(", ") || "none"}; expected one .arpa, .bin or .binary`,
    );
  }
  const attrs = await readJson<Record<string, unknown>>(folder, "language_model/attrs.json");
  const number = (name: string): number => {
    const value = attrs[name];
    if (typeof value !== "number")
      throw new LanguageModelError(
        "language_model/attrs.json",
        `${name} is ${JSON.stringify(value)}; expected a number`,
      );
    return value;
  };
  if (typeof attrs["score_boundary"] !== "boolean") {
    throw new LanguageModelError(
      "language_model/attrs.json",
      `score_boundary is ${JSON.stringify(attrs["score_boundary"])}; expected true or false`,
    );
  }
  const unigrams = names.includes("unigrams.txt")
    ? new TextDecoder().decode(await folder.read("language_model/unigrams.txt"))
    : "";
  const model = await openLanguageModel(await folder.read(`language_model/${modelNames[0]}`));
  const language = {
    kind: "words",
    model,
    alpha: number("alpha"),
    beta: number("beta"),
    unknownScore: number("unk_score_offset"),
    sentenceBoundaries: attrs["score_boundary"],
    words: unigrams.split(/\r?\n/).filter((word) => word !== ""),
  } as const;
  return { options: { ...search, language, allowSpecial: true }, vocabulary, model };
}

async function readJson<T>(folder: FolderAccess, path: string): Promise<T> {
  try {
    return JSON.parse(new TextDecoder().decode(await folder.read(path))) as T;
  } catch (error) {
    if (error instanceof SyntaxError) throw new LanguageModelError(path, `not JSON (${error.message})`);
    throw error;
  }
}
