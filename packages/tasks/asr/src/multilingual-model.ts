// MMS checkpoints: one encoder, and an adapter, a head and a vocabulary for each language as inputs of its program.
import { bindModel, bindWeights, openLanguage, type Checkpoint } from "@wav2vec/checkpoints";
import {
  clipGraph,
  clipPrograms,
  encode,
  input,
  linear,
  logSoftmax,
  parseConfig,
  scopeWithInputs,
  symbol,
  widthOf,
  type Backend,
  type ClipGraph,
  type Input,
  type Tensor,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import { acousticModel, emittingModel, encoderParams, type AcousticModel } from "./acoustic-model.js";
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
  return {
    languages: [],
    async inLanguage(language) {
      if (language !== undefined) await openLanguage(checkpoint, language); // says what there is
      return only;
    },
    dispose: () => only.dispose(),
  };
}

const ADAPTER = /\.adapter_layer\./;

/**
 * Binds an MMS checkpoint to a backend.
 *
 * @throws ConfigError, VocabularyError or WeightError if the checkpoint is no complete CTC model with adapters
 */
async function multilingualModel(checkpoint: Checkpoint, backend: Backend): Promise<MultilingualModel> {
  const config = parseConfig(checkpoint.config);
  const definition = adaptedGraph(config);
  const { inputs } = clipGraph(definition, false);
  const shared = encoderParams(config).filter(({ name }) => !ADAPTER.test(name));
  const { weights } = bindModel(shared, checkpoint, config, { ignore: [ADAPTER] });
  const programs = await clipPrograms(definition, backend, weights, {
    normalise: checkpoint.preprocessor?.doNormalize ?? true,
    name: checkpoint.source,
  });
  const adapters = inputs.filter(({ name }) => ADAPTER.test(name) || name.startsWith("lm_head."));
  const loaded = new Map<string | undefined, Promise<{ model: AcousticModel; tensors: readonly Tensor[] }>>();

  async function load(language: string | undefined) {
    const own = language === undefined ? undefined : await openLanguage(checkpoint, language);
    const speaking = own ?? checkpoint;
    try {
      const spoken = parseConfig(speaking.config);
      const vocabulary = vocabularyOf(speaking, spoken);
      const others = await uploadAdapter(adapters, speaking, spoken, backend);
      return {
        model: emittingModel(spoken, vocabulary, programs, others),
        tensors: Object.values(others),
      };
    } finally {
      await own?.close();
    }
  }

  return {
    languages: [...checkpoint.languages.keys()],
    async inLanguage(language) {
      const loading = loaded.get(language) ?? load(language);
      loaded.set(language, loading);
      loading.catch(() => loaded.delete(language)); // a failed download may be tried again
      return (await loading).model;
    },
    dispose() {
      programs.dispose();
      for (const loading of loaded.values())
        void loading.then(({ tensors }) => tensors.forEach((tensor) => backend.free(tensor)));
    },
  };
}

/** The CTC graph with attention adapters and head as inputs; how many symbols there are is known when it runs. */
function adaptedGraph(config: Wav2Vec2Config): ClipGraph<"logProbabilities"> {
  const scope = scopeWithInputs((path) => ADAPTER.test(path));
  return {
    config,
    build(samples, lengths) {
      const { last } = encode(samples, config, { scope, ...(lengths && { lengths }) });
      const symbols = symbol("symbols");
      const weight = input("lm_head.weight", [symbols, widthOf(last)]);
      const logits = linear(last, weight, input("lm_head.bias", [symbols]));
      return { logProbabilities: logSoftmax(logits) };
    },
  };
}

/** A language's adapter and head on the device. */
async function uploadAdapter(
  adapters: readonly Input[],
  checkpoint: Checkpoint,
  { vocabSize }: Wav2Vec2Config,
  backend: Backend,
): Promise<Record<string, Tensor>> {
  const specs = adapters.map(({ name, shape }) => ({
    name,
    shape: shape.map((dim) => (typeof dim === "number" ? dim : vocabSize)), // the one symbol is the vocabulary
  }));
  const { weights } = bindWeights(specs, checkpoint, { ignore: [/^/] }); // the body is bound already
  const tensors = await Promise.all(
    [...weights].map(
      async ([name, weight]) => [name, backend.upload(await weight.read(), weight.shape)] as const,
    ),
  );
  return Object.fromEntries(tensors);
}
