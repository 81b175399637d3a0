// From the options of a beam search to its settings: files opened, words in the letters of the model.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BeamSettings } from "@wav2vec/asr";
import {
  readProcessorFolder,
  spellWord,
  type BeamOptions,
  type Hotword,
  type NgramModel,
  type Vocabulary,
} from "@wav2vec/decoders";
import type { BeamFlags } from "../beam-options.js";
import { openModelFile } from "../language-model.js";
import { UsageError } from "../usage-error.js";

const DEFAULT_HOTWORD_WEIGHT = 10; // pyctcdecode's

/**
 * Opens what the options name.
 *
 * @param modelFolder where `--lm auto` looks; undefined if the model is not a folder
 * @returns undefined if no option asks for a search
 * @throws UsageError if options contradict each other or the model's letters
 */
export async function beamSettings(
  { beam, nbest, lm, alpha, beta, hotword }: BeamFlags,
  vocabulary: Vocabulary,
  modelFolder: string | undefined,
): Promise<BeamSettings | undefined> {
  if (lm === undefined && (alpha !== undefined || beta !== undefined))
    throw new UsageError("--alpha, --beta: weigh a language model; name one with --lm");
  if ([beam, nbest, lm, hotword].every((value) => value === undefined)) return undefined;
  const weights = { ...(alpha !== undefined && { alpha }), ...(beta !== undefined && { beta }) };
  return {
    ...(beam !== undefined && { beamSize: beam }),
    ...(nbest !== undefined && { nbest }),
    ...(hotword && { hotwords: hotword.map((text) => hotwordOf(text, vocabulary)) }),
    ...(lm !== undefined && {
      language:
        lm === "auto"
          ? { ...(await folderLanguage(modelFolder, vocabulary)), ...weights }
          : languageOf(await openModelFile(lm), vocabulary, weights),
    }),
  };
}

type Language = NonNullable<BeamOptions["language"]>;

/** A model whose words are the vocabulary's symbols scores symbols, any other one words. */
function languageOf(
  model: NgramModel,
  vocabulary: Vocabulary,
  { alpha, beta }: { readonly alpha?: number; readonly beta?: number },
): Language {
  const words = wordsOf(model);
  const tokens = new Set(vocabulary.tokens);
  if (words.length > 0 && words.every((word) => tokens.has(word))) {
    if (beta !== undefined)
      throw new UsageError("--beta: the language model is one of letters, not of words; leave it out");
    return { kind: "symbols", model, ...(alpha !== undefined && { weight: alpha * Math.LN10 }) };
  }
  if (words.length > 0 && !words.some((word) => spellWord(word, vocabulary))) {
    const example = words.find((word) => /\p{L}/u.test(word)) ?? words[0];
    throw new UsageError(
      `--lm: its words, such as ${JSON.stringify(example)}, cannot be spelled with the model's symbols, ` +
        `${vocabulary.tokens
          .filter((token) => /^\p{L}$/u.test(token))
          .slice(0, 5)
          .join(" ")} …; estimate it on text in the same letters and case`,
    );
  }
  return {
    kind: "words",
    model,
    ...(alpha !== undefined && { alpha }),
    ...(beta !== undefined && { beta }),
  };
}

/** Some of a model's words, markers left out; none if the file carries no spellings. */
function wordsOf(model: NgramModel): string[] {
  const words: string[] = [];
  for (let id = 0; id < model.wordCount && words.length < 2000; id++) {
    const word = model.wordOf(id);
    if (word !== undefined && !/^<.*>$/u.test(word)) words.push(word);
  }
  return words;
}

/** The decoder that Wav2Vec2ProcessorWithLM saves beside a model. */
async function folderLanguage(folder: string | undefined, vocabulary: Vocabulary): Promise<Language> {
  const isFolder = folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory();
  if (!isFolder || !(await readdir(folder)).includes("language_model"))
    throw new UsageError(
      `--lm auto: ${folder ?? "the model"} has no language_model folder; name an ARPA or KenLM file`,
    );
  const { options, vocabulary: labels } = await readProcessorFolder({
    list: (path) => readdir(join(folder, path)),
    read: (path) => readFile(join(folder, path)),
  });
  const letters = (tokens: readonly string[]) => tokens.map((token) => (/^\p{L}$/u.test(token) ? token : ""));
  const [own, theirs] = [letters(vocabulary.tokens), letters(labels.tokens)];
  if (own.some((token, id) => token.toLowerCase() !== (theirs[id] ?? "").toLowerCase()))
    throw new UsageError(
      `--lm auto: ${join(folder, "alphabet.json")} has other symbols than the model; use the folder's own vocab.json`,
    );
  if (!options.language) throw new UsageError(`--lm auto: ${folder} has no language model`);
  return options.language;
}

/** `word` or `word:weight`, in the case that the vocabulary has. */
function hotwordOf(text: string, vocabulary: Vocabulary): Hotword {
  const [, written = text, number] = /^(.+):(-?[\d.]+)$/u.exec(text) ?? [];
  const weight = number === undefined ? DEFAULT_HOTWORD_WEIGHT : Number(number);
  if (Number.isNaN(weight))
    throw new UsageError(`--hotword: got "${text}"; expected word or word:weight, e.g. Pittsburgh:5`);
  const parts = written.trim().split(/\s+/u);
  const word = [written, written.toUpperCase(), written.toLowerCase()].find((form) =>
    form
      .trim()
      .split(/\s+/u)
      .every((part) => spellWord(part, vocabulary)),
  );
  if (word === undefined || parts[0] === "")
    throw new UsageError(`--hotword: "${written}" cannot be spelled with the model's symbols`);
  return { word: word.trim(), weight };
}
