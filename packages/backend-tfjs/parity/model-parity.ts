// How far a backend is from the reference values of a tiny model; runs in Node and in a browser.
import {
  ctcHead,
  encode,
  gradient,
  graph,
  input,
  normaliseSamples,
  parseConfig,
  symbol,
  weightFromArray,
  type Backend,
  type Program,
  type Tensor,
  type Value,
  type Weights,
} from "@wav2vec/core";
import type { Numbers, TinyModel } from "./tiny-model.js";

/** Largest absolute differences; gradients relative to the largest entry of their tensor. */
export interface Parity {
  readonly alone: number;
  readonly batch: number;
  readonly gradient?: number;
}

/** Crops of the gradient goldens are this long. */
const CROP = 8000;

/** Runs the model on each clip alone, on all clips as one padded batch, and backward where there are goldens. */
export async function modelParity<T extends Tensor>(backend: Backend<T>, model: TinyModel): Promise<Parity> {
  const clips = model.clips.map(normaliseSamples);
  const program = await backend.compile(logitsGraph(model), weightsOf(model), { name: model.name });
  const alone: number[] = [];
  for (const [i, clip] of clips.entries()) {
    alone.push(worst(await logitsOf(backend, program, [clip]), 0, model.logits[i]!));
  }
  const together = await logitsOf(backend, program, clips);
  const batch = clips.map((_, i) => worst(together, i, model.logits[i]!));
  program.dispose();
  const parity = { alone: Math.max(...alone), batch: Math.max(...batch) };
  return model.gradients
    ? { ...parity, gradient: await gradientParity(backend, model, model.gradients) }
    : parity;
}

function logitsGraph({ config }: TinyModel) {
  const parsed = parseConfig(config);
  const samples = input("samples", [symbol("batch"), symbol("samples")]);
  const lengths = input("lengths", [symbol("batch")], "int32");
  return graph({ logits: ctcHead(encode(samples, parsed, { lengths }), parsed) });
}

function weightsOf({ weights }: TinyModel): Weights {
  return new Map(
    Object.entries(weights).map(([key, { data, shape }]) => [key, weightFromArray(data, shape)]),
  );
}

/** Logits of the clips as one zero-padded batch. */
async function logitsOf<T extends Tensor>(
  backend: Backend<T>,
  program: Program<T>,
  clips: readonly Float32Array[],
): Promise<Numbers> {
  const width = Math.max(...clips.map(({ length }) => length));
  const padded = new Float32Array(clips.length * width);
  clips.forEach((clip, row) => padded.set(clip, row * width));
  const inputs = {
    samples: backend.upload(padded, [clips.length, width]),
    lengths: backend.upload(
      Int32Array.from(clips, ({ length }) => length),
      [clips.length],
    ),
  };
  const { logits } = await program.run(inputs);
  const numbers = { data: (await backend.download(logits!)) as Float32Array, shape: logits!.shape }; // the graph's one output
  for (const tensor of [inputs.samples, inputs.lengths, logits!]) backend.free(tensor);
  return numbers;
}

/** Largest |difference| of row `row` of a padded batch, over the frames that are expected. */
function worst(actual: Numbers, row: number, expected: Numbers): number {
  const start = (row * actual.data.length) / actual.shape[0]!;
  return largest(expected.data.map((x, i) => actual.data[start + i]! - x));
}

async function gradientParity<T extends Tensor>(
  backend: Backend<T>,
  model: TinyModel,
  { seed, byParameter }: NonNullable<TinyModel["gradients"]>,
): Promise<number> {
  const config = parseConfig(model.config);
  const samples = input("samples", [2, symbol("samples")]);
  const logits = ctcHead(encode(samples, config, { weightNorm: "factored" }), config);
  const params = graph({ logits }).params.filter(({ name }) => name in byParameter);
  const gradients = gradient([{ value: logits, seed: input("seed", logits.shape) }], params);
  const outputs = params.map(({ name }, i): [string, Value] => [name, gradients[i]!]); // each parameter takes part
  const program = await backend.compile(graph(Object.fromEntries(outputs)), weightsOf(model));
  const crops = new Float32Array(2 * CROP);
  [0, 1].forEach((row) => crops.set(normaliseSamples(model.clips[row]!.subarray(0, CROP)), row * CROP));
  const inputs = { samples: backend.upload(crops, [2, CROP]), seed: backend.upload(seed.data, seed.shape) };
  const results = await program.run(inputs);
  let parity = 0;
  for (const [name, tensor] of Object.entries(results)) {
    const [actual, expected] = [await backend.download(tensor), byParameter[name]!.data];
    // The gradient of a key's bias is zero but for rounding: it is measured against 1e-3 of the others.
    const scale = Math.max(largest(expected), 1e-3);
    parity = Math.max(parity, largest(expected.map((x, i) => actual[i]! - x)) / scale);
    backend.free(tensor);
  }
  for (const tensor of Object.values(inputs)) backend.free(tensor);
  program.dispose();
  return parity;
}

function largest(values: Float32Array): number {
  return values.reduce((sofar, x) => (Math.abs(x) <= sofar ? sofar : Math.abs(x)), 0);
}
