// MMS checkpoints: one encoder, and an adapter, a head and a vocabulary for each language as inputs of its program.
import { bindModel, openLanguage, type Checkpoint, type ParameterSpec } from "@wav2vec/checkpoints";
import {
  clipPrograms,
  encode,
  equal,
  gather,
  input,
  linear,
  logSoftmax,
  parseConfig,
  reshape,
  scopeWith,
  slice,
  symbol,
  where,
  widthOf,
  type Backend,
  type ClipGraph,
  type Tensor,
  type Value,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import type { Emissions, Vocabulary } from "@wav2vec/decoders";
import { acousticModel, encoderParams, modelFacts, type AcousticModel } from "./acoustic-model.js";
import {
  adapterParams,
  isAdapterKey,
  languageJoiner,
  numbersIn,
  uploadLanguage,
  type LanguageTensors,
} from "./language-weights.js";
import { vocabularyOf } from "./vocabulary.js";

/** A model of many languages. */
export interface MultilingualModel {
  /** Codes with a vocabulary and an adapter. */
  readonly languages: readonly string[];
  /**
   * The model in one language. Its adapter is read when first asked for and then kept on the device (some 10 MB in a
   * model of 1280 channels); all languages share the encoder and its programs.
   *
   * @param language as in `languages`; without it the language whose weights lie in the body
   * @throws FormatError naming the languages there are
   */
  inLanguage(language?: string): Promise<AcousticModel>;
  /**
   * Log-probabilities of clips that may each be in a language of their own; one batch all the same.
   *
   * @param clips as for `AcousticModel.emissions`
   * @param languages of each clip; undefined is the language of the body
   * @returns [frames, symbols of its language] for each clip
   */
  emissions(clips: readonly Float32Array[], languages: readonly (string | undefined)[]): Promise<Emissions[]>;
  dispose(): void;
}

/**
 * Any CTC checkpoint as a model of its languages: one without adapters has none but its own.
 *
 * @throws ConfigError, VocabularyError or WeightError if the checkpoint is no complete CTC model
 */
export async function languagesOf(checkpoint: Checkpoint, backend: Backend): Promise<MultilingualModel> {
  if (parseConfig(checkpoint.config).attentionAdapterDim !== undefined)
    return multilingualModel(checkpoint, backend);
  const only = await acousticModel(checkpoint, backend);
  const inLanguage = async (language?: string) => {
    if (language !== undefined) await openLanguage(checkpoint, language); // says what there is
    return only;
  };
  return {
    languages: [],
    inLanguage,
    async emissions(clips, languages) {
      for (const language of languages) await inLanguage(language);
      return only.emissions(clips);
    },
    dispose: () => only.dispose(),
  };
}

/** A language that was read. */
interface LoadedLanguage {
  readonly config: Wav2Vec2Config;
  readonly vocabulary: Vocabulary;
  readonly tensors: LanguageTensors;
}

/**
 * Binds an MMS checkpoint to a backend.
 *
 * @throws ConfigError, VocabularyError or WeightError if the checkpoint is no complete CTC model with adapters
 */
async function multilingualModel(checkpoint: Checkpoint, backend: Backend): Promise<MultilingualModel> {
  const config = parseConfig(checkpoint.config);
  const params = encoderParams(config);
  const adapter = adapterParams(params, checkpoint.weights);
  const shared = params.filter(({ name }) => !isAdapterKey(name));
  const { weights } = bindModel(shared, checkpoint, config, { ignore: [/\.adapter_layer\./] });
  const programs = await clipPrograms(adaptedGraph(config, adapter), backend, weights, {
    normalise: checkpoint.preprocessor?.doNormalize ?? true,
    name: checkpoint.source,
  });
  const joiner = languageJoiner(
    backend,
    config,
    adapter.reduce((sum, { shape }) => sum + numbersIn(shape), 0),
  );
  const loaded = new Map<string | undefined, Promise<LoadedLanguage>>();

  async function read(language: string | undefined): Promise<LoadedLanguage> {
    const own = language === undefined ? undefined : await openLanguage(checkpoint, language);
    const speaking = own ?? checkpoint;
    try {
      const spoken = parseConfig(speaking.config);
      const vocabulary = vocabularyOf(speaking, spoken);
      return {
        config: spoken,
        vocabulary,
        tensors: await uploadLanguage(speaking, spoken, adapter, backend),
      };
    } finally {
      await own?.close();
    }
  }

  function load(language: string | undefined): Promise<LoadedLanguage> {
    const loading = loaded.get(language) ?? read(language);
    loaded.set(language, loading);
    loading.catch(() => loaded.delete(language)); // a failed download may be tried again
    return loading;
  }

  async function emissions(
    clips: readonly Float32Array[],
    languages: readonly (string | undefined)[],
  ): Promise<Emissions[]> {
    const codes = [...new Set(languages)];
    const spoken = await Promise.all(codes.map(load));
    const sizes = spoken.map(({ config: { vocabSize } }) => vocabSize);
    const alone = spoken.length === 1 ? spoken[0] : undefined;
    const tensors = alone?.tensors ?? (await joiner.join(spoken.map((language) => language.tensors)));
    const rows = languages.map((language) => codes.indexOf(language));
    const indices = {
      rowLanguages: backend.upload(Int32Array.from(rows), [rows.length]),
      symbolLanguages: backend.upload(
        Int32Array.from(sizes.flatMap((size, i) => Array<number>(size).fill(i))),
        [sizes.reduce((a, b) => a + b, 0)],
      ),
    };
    const { logProbabilities } = await programs.run(clips, { ...tensors, ...indices });
    const done: Tensor[] = [
      ...Object.values(indices),
      ...(alone ? [] : Object.values<Tensor>({ ...tensors })),
    ];
    for (const tensor of done) backend.free(tensor);
    return logProbabilities.map(({ data, shape: [frames, width] }, clip) => {
      const row = rows[clip]!; // one language a clip
      const start = sizes.slice(0, row).reduce((a, b) => a + b, 0);
      return columns(data, frames!, width!, start, sizes[row]!); // [frames, symbols], as the graph is built
    });
  }

  return {
    languages: [...checkpoint.languages.keys()],
    emissions,
    async inLanguage(language) {
      const { config: spoken, vocabulary } = await load(language);
      return {
        ...modelFacts(spoken, vocabulary),
        emissions: (clips) =>
          emissions(
            clips,
            clips.map(() => language),
          ),
        dispose: () => programs.dispose(),
      };
    },
    dispose() {
      programs.dispose();
      joiner.dispose();
      for (const loading of loaded.values())
        void loading.then(({ tensors }) => Object.values<Tensor>({ ...tensors }).forEach(backend.free));
    },
  };
}

/** Columns [start, start + symbols) of [frames, width]. */
function columns(
  data: Float32Array,
  frames: number,
  width: number,
  start: number,
  symbols: number,
): Emissions {
  if (symbols === width) return { data, frames, symbols };
  const own = new Float32Array(frames * symbols);
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * width + start;
    own.set(data.subarray(at, at + symbols), frame * symbols);
  }
  return { data: own, frames, symbols };
}

/** What a symbol of another language gets: no log-softmax sees it, and it is finite on every backend. */
const NEVER = -1e30;

/**
 * The CTC graph with attention adapters and heads as inputs. Each row gathers the adapter of its language; the head has
 * the symbols of all languages in the batch, and those of others do not count in a row.
 */
function adaptedGraph(
  config: Wav2Vec2Config,
  adapter: readonly ParameterSpec[],
): ClipGraph<"logProbabilities"> {
  return {
    config,
    build(samples, lengths) {
      const rowLanguages = input("rowLanguages", [samples.shape[0]!], "int32");
      const scope = scopeWith(adaptersOfRows(adapter, rowLanguages));
      const { last } = encode(samples, config, { scope, ...(lengths && { lengths }) });
      const symbols = symbol("symbols");
      const weight = input("headWeight", [symbols, widthOf(last)]);
      const logits = linear(last, weight, input("headBias", [symbols])); // [batch, frames, symbols]
      const own = equal(
        reshape(rowLanguages, [samples.shape[0]!, 1, 1]),
        reshape(input("symbolLanguages", [symbols], "int32"), [1, 1, symbols]),
      );
      return { logProbabilities: logSoftmax(where(own, logits, NEVER)) };
    },
  };
}

/** Answers adapter parameters with [batch, ...shape], cut out of each row's packed adapter. */
function adaptersOfRows(adapter: readonly ParameterSpec[], rowLanguages: Value) {
  const places = new Map<string, number>();
  let size = 0;
  for (const { name, shape } of adapter) {
    places.set(name, size);
    size += numbersIn(shape);
  }
  const packed = gather(input("adapters", [symbol("languages"), size]), rowLanguages); // [batch, size]
  return (path: string, shape: readonly number[]): Value | undefined => {
    const at = places.get(path);
    if (at === undefined) return undefined;
    const length = numbersIn(shape);
    return reshape(slice(packed, 1, at, at + length), [packed.shape[0]!, ...shape]);
  };
}
