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
  type Weights,
} from "@wav2vec/core";
import { joinArrays } from "./join-arrays.js";

/** Adapters and heads on the device; of several languages the rows and columns of one follow those of the other. */
export interface LanguageTensors {
  /** float32 [languages, all adapter weights of one, in the order of its parameters] */
  readonly adapters: Tensor;
  /** float32 [symbols of all, hiddenSize] */
  readonly headWeight: Tensor;
  /** float32 [symbols of all] */
  readonly headBias: Tensor;
}

const ADAPTER = /\.adapter_layer\./;

/** Whether a parameter belongs to a language's adapter. */
export const isAdapterKey = (key: string): boolean => ADAPTER.test(key);

/**
 * Parameters of an adapter in the order in which they are packed: that of the body's file, since adapters written by the
 * same program have it too and then lie packed in their files.
 *
 * @param params of the encoder
 * @param body its weights; what it lacks comes last, and reading a language says so
 */
export function adapterParams(params: readonly ParameterSpec[], body: Weights): ParameterSpec[] {
  const places = new Map([...body.keys()].map((key, place) => [key, place]));
  const placeOf = ({ name }: ParameterSpec) => places.get(name) ?? places.size;
  return params.filter(({ name }) => isAdapterKey(name)).sort((a, b) => placeOf(a) - placeOf(b));
}

/** Numbers in a tensor. */
export const numbersIn = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);

/**
 * Reads a language's adapter and head.
 *
 * @param speaking the checkpoint in that language
 * @param adapter parameters of an adapter, in the order in which they are packed
 * @throws WeightError listing what is missing or misshapen
 */
export async function uploadLanguage(
  speaking: Checkpoint,
  { vocabSize, hiddenSize }: Wav2Vec2Config,
  adapter: readonly ParameterSpec[],
  backend: Backend,
): Promise<LanguageTensors> {
  const head = [
    { name: "lm_head.weight", shape: [vocabSize, hiddenSize] },
    { name: "lm_head.bias", shape: [vocabSize] },
  ];
  const own = new Map(
    [...speaking.weights].filter(([key]) => isAdapterKey(key) || key.startsWith("lm_head.")),
  );
  const { weights } = bindWeights([...adapter, ...head], { source: speaking.source, weights: own });
  const read = (name: string) => weights.get(name)!.read(); // bound just now
  const size = adapter.reduce((sum, { shape }) => sum + numbersIn(shape), 0);
  const parts = await Promise.all(adapter.map(({ name }) => read(name)));
  return {
    adapters: backend.upload(joinArrays(parts), [1, size]),
    headWeight: backend.upload(await read("lm_head.weight"), [vocabSize, hiddenSize]),
    headBias: backend.upload(await read("lm_head.bias"), [vocabSize]),
  };
}

/** Joins languages on the device, without a download. */
export interface LanguageJoiner {
  /** @returns tensors of its own, which the caller frees */
  join(languages: readonly LanguageTensors[]): Promise<LanguageTensors>;
  dispose(): void;
}

/**
 * Makes the joiner; it compiles a small program for each number of languages when first asked for.
 *
 * @param size numbers in one adapter
 */
export function languageJoiner(
  backend: Backend,
  { hiddenSize }: Pick<Wav2Vec2Config, "hiddenSize">,
  size: number,
): LanguageJoiner {
  const programs = new Map<number, Promise<Program>>();

  function compile(count: number): Promise<Program> {
    const each = Array.from({ length: count }, (_, i) => symbol(`symbols${i}`));
    const joined = {
      adapters: concat(
        each.map((_, i) => input(`adapters.${i}`, [1, size])),
        0,
      ),
      headWeight: concat(
        each.map((symbols, i) => input(`headWeight.${i}`, [symbols, hiddenSize])),
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
