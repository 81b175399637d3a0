// What a language adds to the encoder of an MMS model: an adapter and a head as three tensors, alone or joined with others'.
import { bindWeights, type Checkpoint, type ParameterSpec } from "@wav2vec/checkpoints";
import {
  concat,
  graph,
  input,
  symbol,
  type Backend,
  type Program,
  type Tensor,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import { encoderParams } from "./acoustic-model.js";

/** Adapters and heads on the device; of several languages the rows and columns of one follow those of the other. */
export interface LanguageTensors {
  /** float32 [languages, all adapter weights of one, in the order of `adapterParams`] */
  readonly adapters: Tensor;
  /** float32 [symbols of all, hiddenSize] */
  readonly headWeight: Tensor;
  /** float32 [symbols of all] */
  readonly headBias: Tensor;
}

const ADAPTER = /\.adapter_layer\./;

/** Whether a parameter belongs to a language's adapter. */
export const isAdapterKey = (key: string): boolean => ADAPTER.test(key);

/** The adapter's parameters in the order in which they lie in `LanguageTensors.adapters`. */
export function adapterParams(config: Wav2Vec2Config): ParameterSpec[] {
  return encoderParams(config).filter(({ name }) => isAdapterKey(name));
}

/**
 * Reads a language's adapter and head.
 *
 * @param speaking the checkpoint in that language
 * @throws WeightError listing what is missing or misshapen
 */
export async function uploadLanguage(
  speaking: Checkpoint,
  config: Wav2Vec2Config,
  backend: Backend,
): Promise<LanguageTensors> {
  const { vocabSize, hiddenSize } = config;
  const adapter = adapterParams(config);
  const head = [
    { name: "lm_head.weight", shape: [vocabSize, hiddenSize] },
    { name: "lm_head.bias", shape: [vocabSize] },
  ];
  const { weights } = bindWeights([...adapter, ...head], speaking, { ignore: [/^/] }); // the body is bound already
  const read = (name: string) => weights.get(name)!.read(); // bound just now
  const size = adapter.reduce((sum, { shape }) => sum + numbersIn(shape), 0);
  const packed = new Float32Array(size);
  let at = 0;
  for (const { name, shape } of adapter) {
    packed.set(await read(name), at);
    at += numbersIn(shape);
  }
  return {
    adapters: backend.upload(packed, [1, size]),
    headWeight: backend.upload(await read("lm_head.weight"), [vocabSize, hiddenSize]),
    headBias: backend.upload(await read("lm_head.bias"), [vocabSize]),
  };
}

const numbersIn = (shape: readonly number[]) => shape.reduce((size, dim) => size * dim, 1);

/** Joins languages on the device, without a download. */
export interface LanguageJoiner {
  /** @returns tensors of its own, which the caller frees */
  join(languages: readonly LanguageTensors[]): Promise<LanguageTensors>;
  dispose(): void;
}

/** Makes the joiner; it compiles a small program for each number of languages when first asked for. */
export function languageJoiner(backend: Backend, config: Wav2Vec2Config): LanguageJoiner {
  const size = adapterParams(config).reduce((sum, { shape }) => sum + numbersIn(shape), 0);
  const programs = new Map<number, Promise<Program>>();

  function compile(count: number): Promise<Program> {
    const each = Array.from({ length: count }, (_, i) => symbol(`symbols${i}`));
    const joined = {
      adapters: concat(
        each.map((_, i) => input(`adapters.${i}`, [1, size])),
        0,
      ),
      headWeight: concat(
        each.map((symbols, i) => input(`headWeight.${i}`, [symbols, config.hiddenSize])),
        0,
      ),
      headBias: concat(
        each.map((symbols, i) => input(`headBias.${i}`, [symbols])),
        0,
      ),
    };
    return backend.compile(graph(joined), new Map(), { name: `${count} languages` });
  }

  return {
    async join(languages) {
      const program = programs.get(languages.length) ?? compile(languages.length);
      programs.set(languages.length, program);
      const inputs = languages.flatMap((tensors, i) =>
        Object.entries(tensors).map(([name, tensor]) => [`${name}.${i}`, tensor as Tensor] as const),
      );
      const outputs = await (await program).run(Object.fromEntries(inputs));
      return outputs as unknown as LanguageTensors; // the outputs of the graph above
    },
    dispose() {
      for (const program of programs.values()) void program.then((compiled) => compiled.dispose());
    },
  };
}
