// Opens a checkpoint where it lies: a folder, one weight file, or a repository on the Hub.
import type { Weights } from "@wav2vec/core";
import { FormatError } from "./errors.js";
import { droppedFiles } from "./files/dropped-files.js";
import { node } from "./files/node-modules.js";
import { folderSource, type SourceFiles } from "./files/source-files.js";
import type { HubOptions } from "./hub/settings.js";
import { canonicalWeights, type Layout } from "./layouts/canonical.js";
import { configFromShapes } from "./layouts/config-from-shapes.js";
import { describeFairseq } from "./layouts/fairseq-config.js";
import { TORCHAUDIO_ENGLISH } from "./layouts/torchaudio-layout.js";
import type { Preprocessor } from "./processor/preprocessor.js";
import { readProcessorFiles, type ProcessorFiles } from "./processor/processor-files.js";
import type { TokenizerSettings } from "./processor/tokenizer-settings.js";
import type { Vocabulary } from "./processor/vocabulary.js";
import { chooseWeightFile, openWeights, type StoredWeights } from "./weight-files.js";

/**
 * Where a checkpoint lies: a path (Node), a Hub id, the address of a folder, or files that a visitor dropped on a page.
 */
export type CheckpointSource = string | URL | readonly File[];

/** A checkpoint whose weights still lie on disk. Close it when the weights are no longer needed. */
export interface Checkpoint {
  /** What was opened: path or Hub id. */
  readonly source: string;
  /** Names of the files that it is made of. */
  readonly files: readonly string[];
  /** Container and layout, e.g. "safetensors", "fairseq, pytorch legacy". */
  readonly format: string;
  /** Hugging Face's config.json, or one of the same form made from fairseq's settings or the shapes of the weights. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly preprocessor: Preprocessor | undefined;
  readonly tokenizer: TokenizerSettings;
  /** Tokens of the CTC head, of the active language if there are several. */
  readonly vocabulary: Vocabulary | undefined;
  /** Vocabularies by language code, for checkpoints with language adapters. */
  readonly languages: ReadonlyMap<string, Vocabulary>;
  /** As the model card names it. */
  readonly license: string | undefined;
  /**
   * By Hugging Face key without model prefix. The positional convolution is there folded (`conv.weight`) and factored
   * (`conv.parametrizations.weight.original0/1`), whichever the file has.
   */
  readonly weights: Weights;
  /** Oddities and assumptions that a user should hear of. */
  readonly notes: readonly string[];
  /** The files it came from, for parts that are fetched on demand. */
  readonly origin: SourceFiles;
  close(): Promise<void>;
}

/**
 * Opens a checkpoint. Only headers are read; weights are read when asked for.
 *
 * @param source a folder, a weight file (`.safetensors`, `.bin`, `.pt`, `.pth`, or a shard index), a Hub id `org/name`;
 *   or for pages a URL of a folder, or dropped files. What a page fetches is kept by the browser: see `keptModels`
 * @param options for the Hub; ignored settings do not exist: a local source with a `revision` is an error
 * @throws FormatError if a file is damaged, hostile or of an unknown kind; HubError if the Hub cannot give it
 */
export async function openCheckpoint(
  source: CheckpointSource,
  options: HubOptions = {},
): Promise<Checkpoint> {
  const { files, weightFile } = await locate(source, options);
  const processor = await readProcessorFiles(files);
  const stored = await openWeights(files, weightFile ?? chooseWeightFile(files));
  try {
    return assemble(files.label, files, processor, stored);
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** What only the Hub has, or only a computer's disk; asking for it elsewhere is an error. */
function refuse(label: string, options: HubOptions, names: readonly (keyof HubOptions)[], why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new FormatError(
      label,
      `${why}; "${given}" (${String(options[given])}) does not apply; leave it out`,
    );
}

type Located = { files: SourceFiles; weightFile?: string };

async function locate(source: CheckpointSource, options: HubOptions): Promise<Located> {
  if (source instanceof URL) return { files: await locateAddress(source, options) };
  if (typeof source !== "string") {
    const files = droppedFiles(source);
    refuse(
      files.label,
      options,
      ["revision", "cacheDir", "endpoint", "token", "offline"],
      "is a list of files",
    );
    return { files };
  }
  if (/^https?:/.test(source)) return { files: await locateAddress(new URL(source), options) };
  if (typeof process !== "undefined" && process.versions?.node) return locateInNode(source, options);
  if (!HUB_ID.test(source))
    throw new FormatError(source, "is no Hub id like org/name; pass a URL or File[] for a folder");
  refuse(source, options, ["cacheDir"], "is kept by the browser");
  const [{ hubAccess }, { hubPage }] = await Promise.all([
    import("./hub/settings.js"),
    import("./web/web-source.js"),
  ]);
  return { files: await hubPage(source, hubAccess(options, {})) };
}

async function locateAddress(address: URL, options: HubOptions): Promise<SourceFiles> {
  refuse(address.href, options, ["revision", "cacheDir", "endpoint", "token"], "is the address of a folder");
  const [{ hubAccess }, { folderAt }] = await Promise.all([
    import("./hub/settings.js"),
    import("./web/web-source.js"),
  ]);
  return folderAt(address, hubAccess(options, {}));
}

const HUB_ID = /^[\w][\w.-]*(\/[\w][\w.-]*)?$/;

async function locateInNode(source: string, options: HubOptions): Promise<Located> {
  const [{ stat }, { basename, dirname }] = [node.fs(), node.path()];
  const found = await stat(source).catch(() => undefined);
  if (found) refuse(source, options, ["revision"], "is a local path");
  if (found?.isDirectory()) return { files: await folderSource(source) };
  if (found) {
    const folder = await folderSource(dirname(source));
    return { files: { ...folder, label: source }, weightFile: basename(source) };
  }
  if (!HUB_ID.test(source) || /\.(safetensors|bin|pt|pth|json)$/.test(source))
    throw new FormatError(
      source,
      "does not exist; expected a folder, a weight file, or a Hub id like org/name",
    );
  const [{ resolveHubSettings }, { openHubSource }] = await Promise.all([
    import("./hub/settings.js"),
    import("./hub/hub-source.js"),
  ]);
  return { files: await openHubSource(source, await resolveHubSettings(options, process.env)) };
}

function assemble(
  source: string,
  origin: SourceFiles,
  processor: ProcessorFiles,
  stored: StoredWeights,
): Checkpoint {
  const { layout, weights } = canonicalWeights(source, stored.tensors);
  const described = describe(source, layout, stored, processor, weights);
  const { languages, license } = processor;
  return {
    source,
    files: [...processor.names, ...stored.names],
    format: layout === "huggingface" ? stored.container : `${layout}, ${stored.container}`,
    languages,
    license,
    weights,
    origin,
    close: stored.close,
    ...described,
    notes: [...origin.notes, ...processor.notes, ...stored.notes, ...described.notes],
  };
}

type Described = Pick<Checkpoint, "config" | "preprocessor" | "tokenizer" | "vocabulary" | "notes">;

/** Files beside the weights win; then what the weight file itself says; then what its shapes tell. */
function describe(
  source: string,
  layout: Layout,
  stored: StoredWeights,
  processor: ProcessorFiles,
  weights: Weights,
): Described {
  const fairseq = stored.root && describeFairseq(source, stored.root, weights);
  const shaped = processor.config || fairseq ? undefined : configFromShapes(weights);
  const isTorchaudioEnglish =
    layout === "torchaudio" &&
    !processor.vocabulary &&
    weights.get("lm_head.weight")?.shape[0] === TORCHAUDIO_ENGLISH.length;
  return {
    config: processor.config ?? fairseq?.config ?? shaped?.config,
    preprocessor:
      processor.preprocessor ?? fairseq?.preprocessor ?? (shaped && shapedPreprocessor(shaped.config)),
    vocabulary: isTorchaudioEnglish ? torchaudioVocabulary() : processor.vocabulary,
    tokenizer: isTorchaudioEnglish ? { ...processor.tokenizer, padToken: "-" } : processor.tokenizer,
    notes: shaped?.notes ?? [],
  };
}

/** Normalising is right for layer-norm models, and group-norm models do not notice the scale. */
function shapedPreprocessor(config: Readonly<Record<string, unknown>>): Preprocessor {
  return {
    doNormalize: true,
    sampleRate: 16000,
    returnAttentionMask: config["feat_extract_norm"] === "layer",
    featureSize: 1,
    paddingValue: 0,
  };
}

function torchaudioVocabulary(): Vocabulary {
  return {
    tokens: TORCHAUDIO_ENGLISH,
    ids: new Map(TORCHAUDIO_ENGLISH.map((token, id) => [token, id])),
    holes: [],
  };
}
