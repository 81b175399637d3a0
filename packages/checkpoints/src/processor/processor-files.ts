// Reads the files beside the weights: config, preprocessor, tokenizer, vocabulary, model card.
import { FormatError } from "../errors.js";
import { readSmall, type SourceFiles } from "../files/source-files.js";
import { isObject, parseJsonObject } from "../files/strict-json.js";
import { licenseOf } from "./license.js";
import { parsePreprocessor, type Preprocessor } from "./preprocessor.js";
import { addedTokens, parseTokenizerSettings, type TokenizerSettings } from "./tokenizer-settings.js";
import {
  nestedVocabularies,
  parseFairseqDictionary,
  parseVocabulary,
  type Vocabulary,
} from "./vocabulary.js";

/** What the files beside the weights say; each part may be absent. */
export interface ProcessorFiles {
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly preprocessor: Preprocessor | undefined;
  readonly tokenizer: TokenizerSettings;
  readonly vocabulary: Vocabulary | undefined;
  /** Vocabularies by language, of a nested vocab.json. */
  readonly languages: ReadonlyMap<string, Vocabulary>;
  readonly license: string | undefined;
  readonly notes: readonly string[];
  /** Names of the files that were read. */
  readonly names: readonly string[];
}

/** MMS' default, where tokenizer_config.json names no language. */
const DEFAULT_LANGUAGE = "eng";

/**
 * Reads what there is.
 *
 * @throws FormatError if a file is there but not sound
 */
export async function readProcessorFiles(source: SourceFiles): Promise<ProcessorFiles> {
  const names: string[] = [];
  const small = async (name: string) => {
    const found = await readSmall(source, name);
    if (found) names.push(name);
    return found;
  };
  const json = async (name: string) => {
    const found = await small(name);
    return found && { file: found.file, fields: parseJsonObject(found.file, found.bytes) };
  };
  const config = await json("config.json");
  const extractor = (await json("preprocessor_config.json")) ?? (await nestedExtractor(json));
  const tokenizerConfig = await json("tokenizer_config.json");
  const specialTokens = await json("special_tokens_map.json");
  const added = addedTokens(tokenizerConfig?.fields ?? {}, (await json("added_tokens.json"))?.fields ?? {});
  const tokenizer = parseTokenizerSettings(
    `${source.label}: tokenizer_config.json`,
    tokenizerConfig?.fields ?? {},
    specialTokens?.fields ?? {},
  );
  const vocabularies = await readVocabularies(
    await json("vocab.json"),
    () => small("dict.ltr.txt"),
    added,
    tokenizer,
  );
  const readme = await small("README.md");
  return {
    config: config?.fields,
    preprocessor: extractor && parsePreprocessor(extractor.file, extractor.fields),
    tokenizer,
    ...vocabularies,
    license: readme && licenseOf(new TextDecoder().decode(readme.bytes)),
    names,
  };
}

type JsonFile = { file: string; fields: Record<string, unknown> };
type JsonReader = (name: string) => Promise<JsonFile | undefined>;

/** transformers 5 writes processor_config.json, which holds the extractor only if it names one. */
async function nestedExtractor(json: JsonReader): Promise<JsonFile | undefined> {
  const processor = await json("processor_config.json");
  return processor && isObject(processor.fields["feature_extractor"]) ? processor : undefined;
}

async function readVocabularies(
  vocab: JsonFile | undefined,
  dictionary: () => Promise<{ file: string; bytes: Uint8Array } | undefined>,
  added: ReadonlyMap<string, number>,
  { unkToken, targetLang }: TokenizerSettings,
): Promise<Pick<ProcessorFiles, "vocabulary" | "languages" | "notes">> {
  const none = new Map<string, Vocabulary>();
  if (!vocab) {
    const dict = await dictionary();
    return {
      vocabulary: dict && parseFairseqDictionary(dict.file, new TextDecoder().decode(dict.bytes)),
      languages: none,
      notes: [],
    };
  }
  const nested = nestedVocabularies(vocab.fields);
  if (!nested) {
    const vocabulary = parseVocabulary(vocab.file, vocab.fields, added, unkToken);
    const notes =
      vocabulary.holes.length > 0
        ? [`${vocab.file}: no token has id ${vocabulary.holes.slice(0, 5).join(", ")}; read as ${unkToken}`]
        : [];
    return { vocabulary, languages: none, notes };
  }
  const languages = new Map(
    [...nested].map(([code, fields]) => [
      code,
      parseVocabulary(`${vocab.file} (${code})`, fields, new Map(), unkToken),
    ]),
  );
  const active = targetLang ?? DEFAULT_LANGUAGE;
  if (targetLang !== undefined && !languages.has(targetLang))
    throw new FormatError(
      vocab.file,
      `has no language "${targetLang}", which tokenizer_config.json asks for; it has ${[...languages.keys()].slice(0, 20).join(", ")}`,
    );
  return { vocabulary: languages.get(active) ?? [...languages.values()][0], languages, notes: [] };
}
