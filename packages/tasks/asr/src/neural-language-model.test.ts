// A neural language model in the beam search: a feed-forward network over letters, trained here, run on a backend.
import { ortBackend } from "@wav2vec/backend-ort";
import {
  gather,
  graph,
  input,
  linear,
  logSoftmax,
  param,
  reference,
  referenceTensor,
  reshape,
  symbol,
  tanh,
  weightFromArray,
  type Backend,
  type ReferenceTensor,
  type Value,
  type WeightHandle,
  type Weights,
} from "@wav2vec/core";
import {
  decodeBeamAsync,
  type Emissions,
  type NeuralLanguageModel,
  type Vocabulary,
} from "@wav2vec/decoders";
import {
  adamCoefficients,
  adamGraph,
  clipScale,
  createRandom,
  crossEntropy,
  trainingGraph,
} from "@wav2vec/training";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";

const tokens = ["<pad>", "|", ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const vocabulary: Vocabulary = { tokens, blank: 0, wordDelimiter: 1 };
const SYMBOLS = tokens.length + 1; // and the end, which also stands before the beginning
const END = tokens.length;
const CONTEXT = 3;
const TEXT =
  "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN SEVEN SIXTY SEVENTY SEVENTEEN THREE EIGHT ONE NINE";

/** Embed the last symbols, one tanh layer, one output layer; Bengio et al. 2003, section 2. */
function network(context: Value): Value {
  const embedded = gather(param("embedding.weight", [SYMBOLS, 8]), context); // [batch, context, 8]
  const flat = reshape(embedded, [context.shape[0]!, CONTEXT * 8]);
  const hidden = tanh(linear(flat, param("hidden.weight", [48, CONTEXT * 8]), param("hidden.bias", [48])));
  return linear(hidden, param("output.weight", [SYMBOLS, 48]), param("output.bias", [SYMBOLS]));
}

/** Teaches the network the words of TEXT. */
async function train(): Promise<Weights> {
  const text = [
    END,
    END,
    END,
    ...[...TEXT].map((letter) => tokens.indexOf(letter === " " ? "|" : letter)),
    END,
  ];
  const count = text.length - CONTEXT;
  const contexts = Array.from({ length: count }, (_, i) => text.slice(i, i + CONTEXT)).flat();
  const logits = network(input("context", [count, CONTEXT], "int32"));
  const loss = crossEntropy(logits, input("labels", [count], "int32"));
  const { graph: step, parameters } = trainingGraph({
    outputs: { loss },
    from: "loss",
    isTrained: () => true,
  });
  const trained = [...parameters].map(([name, shape]) => ({ name, shape, group: "all", decays: false }));
  const [stepProgram, update] = [
    await reference.compile(step, new Map()),
    await reference.compile(adamGraph(trained), new Map()),
  ];
  const random = createRandom(1);
  let state: Record<string, ReferenceTensor> = {};
  for (const { name, shape } of trained) {
    const size = shape.reduce((n, dim) => n * dim, 1);
    const values = Float32Array.from({ length: size }, () => 0.3 * random.normal());
    state[`parameter.${name}`] = referenceTensor(values, shape);
    for (const moment of ["first", "second"])
      state[`${moment}.${name}`] = referenceTensor(new Float32Array(size), shape);
  }
  for (let i = 1; i <= 150; i++) {
    const weights = Object.fromEntries(
      Object.entries(state).filter(([name]) => name.startsWith("parameter.")),
    );
    const {
      loss: _,
      norm,
      ...gradients
    } = await stepProgram.run({
      ...weights,
      context: referenceTensor(contexts, [count, CONTEXT], "int32"),
      labels: referenceTensor(text.slice(CONTEXT), [count], "int32"),
    });
    const settings = {
      rate: 0.02,
      betas: [0.9, 0.98],
      eps: 1e-8,
      epsRule: "torch",
      weightDecay: 0,
      update: i,
    } as const;
    const coefficients = adamCoefficients({ ...settings, gradientScale: clipScale(norm!.data[0]!, 1) });
    state = await update.run({ ...state, ...gradients, "adam.all": referenceTensor(coefficients, [6]) });
  }
  return new Map(
    [...parameters].map(([name, shape]): [string, WeightHandle] => [
      name,
      weightFromArray(Float32Array.from(state[`parameter.${name}`]!.data), shape),
    ]),
  );
}

/** The network as the beam search asks it; a state is the last symbols. */
async function languageModel(
  backend: Backend,
  weights: Weights,
): Promise<NeuralLanguageModel<readonly number[]>> {
  const context = input("context", [symbol("batch"), CONTEXT], "int32");
  const program = await backend.compile(graph({ scores: logSoftmax(network(context)) }), weights);
  return {
    begin: Array<number>(CONTEXT).fill(END),
    extend: (state, next) => [...state.slice(1), next],
    async score(states) {
      const rows = backend.upload(Int32Array.from(states.flat()), [states.length, CONTEXT]);
      const { scores } = await program.run({ context: rows });
      const data = (await backend.download(scores!)) as Float32Array; // float32
      for (const tensor of [rows, scores!]) backend.free(tensor);
      return states.map((_, i) => data.subarray(i * SYMBOLS, (i + 1) * SYMBOLS));
    },
  };
}

/** A clip that says `sure`, but for one frame in which `heard` is a little likelier than the true letter. */
function emissionsOf(sure: string, at: number, heard: string): Emissions {
  const rows = [...sure].flatMap((letter, i) => {
    const row = new Float32Array(tokens.length).fill(Math.log(1e-4));
    row[tokens.indexOf(letter)] = Math.log(i === at ? 0.45 : 0.99);
    if (i === at) row[tokens.indexOf(heard)] = Math.log(0.54);
    const blank = new Float32Array(tokens.length).fill(Math.log(1e-4));
    blank[0] = Math.log(0.99);
    return [row, blank];
  });
  return {
    data: Float32Array.from(rows.flatMap((row) => [...row])),
    frames: rows.length,
    symbols: tokens.length,
  };
}

describe("a neural language model in the beam", () => {
  let weights: Weights;
  beforeAll(async () => {
    weights = await train();
  });

  it.each<[string, () => Backend]>([
    ["reference", () => reference],
    ["ort", () => ortBackend({ ort })],
  ])("decides on %s between letters that sound alike", async (_name, makeBackend) => {
    const model = await languageModel(makeBackend(), weights);
    const emissions = emissionsOf("SEVEN", 3, "B");
    const [alone] = await decodeBeamAsync(emissions, { vocabulary, beamSize: 16 });
    expect(alone!.text).toBe("SEVBN");
    const [helped] = await decodeBeamAsync(emissions, {
      vocabulary,
      beamSize: 16,
      language: { kind: "neural", model, weight: 0.5 },
    });
    expect(helped!.text).toBe("SEVEN");
  });

  it("gives probabilities that sum to 1, and knows what follows SEV", async () => {
    const model = await languageModel(reference, weights);
    const state = [..."SEV"].reduce(
      (sofar, letter) => model.extend(sofar, tokens.indexOf(letter)),
      model.begin,
    );
    const [row] = await model.score([state]);
    expect(row!.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 5);
    expect(Math.exp(row![tokens.indexOf("E")]!)).toBeGreaterThan(0.9);
  });
});
