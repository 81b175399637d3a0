// Contrastive pre-training's step: masks, negatives and noise drawn on the host, everything else in one program.
import {
  clipsInput,
  contrastivePairs,
  encode,
  encoderFrames,
  graph,
  input,
  prepareClips,
  scaleGradient,
  symbol,
  type Backend,
  type PretrainingConfig,
  type Tensor,
  type TypedArray,
  type Value,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import { createDropout, sampleLayerKeeps } from "../dropout.js";
import { gumbelNoise, sampleNegatives } from "../negatives.js";
import { pretrainingObjective } from "../pretraining-objective.js";
import type { Random } from "../random.js";
import { regularise, type RegularisationRates } from "../regularisation.js";
import { fairseqSpanMask, maskedPositions, type SpanMaskOptions } from "../span-masks.js";
import { trainingGraph } from "../training-graph.js";
import { compileStep, type Drawn } from "./compile-step.js";
import { inputsOf, takeAll, withUploaded, type GradientStep, type HostTensors, type Tensors } from "./gradient-step.js"; // prettier-ignore
import { parameterInputs } from "./parameter-inputs.js";
import type { Sharing } from "./replicas.js";

/** Clips of one length. */
export interface PretrainingBatch {
  readonly names: readonly string[];
  /** Raw samples at 16 kHz, all as many. */
  readonly clips: readonly Float32Array[];
  /** Of the code choice. */
  readonly temperature: number;
}

/** What pre-training does on the way. */
export interface PretrainingRecipe {
  readonly normalise: boolean;
  readonly objective: "fairseq" | "hf";
  readonly penaltyWeight: number;
  /** Scales the gradient into the convolutions. */
  readonly featureGradient: number;
  readonly rates: RegularisationRates;
  /** Dropout of the quantiser's input. */
  readonly featureDropout: number;
  readonly timeMask: SpanMaskOptions;
  readonly channelMask?: SpanMaskOptions | undefined;
  readonly rematerialise: boolean;
}

const METRICS = ["loss", "contrastive", "diversity", "penalty"] as const;
const SIGNS = ["probPerplexity", "codePerplexity", "accuracy", "identicalShare"] as const;

/** The graph of the objective; batch, samples and masked are symbols. */
export function pretrainingValues(
  config: Wav2Vec2Config,
  quantiser: PretrainingConfig,
  recipe: PretrainingRecipe,
  training: boolean,
) {
  const batch = symbol("batch");
  const samples = clipsInput(config, batch);
  const dropout = createDropout();
  let convFeatures: Value | undefined;
  const features = encode(samples, config, {
    timeMask: input("timeMask", [batch, encoderFrames(samples.shape[1]!, config.convLayers)], "bool"),
    ...(training &&
      recipe.channelMask && { channelMask: input("channelMask", [batch, config.hiddenSize], "bool") }),
    hooks: {
      ...(training && regularise({ ...recipe.rates, featureGradient: 1 }, dropout, config.layers)),
      convFeatures: (x) => (convFeatures = scaleGradient(x, recipe.featureGradient)),
    },
    weightNorm: "factored",
    convolutions: "products",
  });
  const masked = symbol("masked");
  const noise = input("noise", [masked, quantiser.groups, quantiser.codes]);
  const pairs = contrastivePairs(features, input("masked", [masked], "int32"), quantiser, {
    ...(training && {
      sampling: { noise, temperature: input("temperature", []) },
      dropout: (x: Value) => dropout.apply(x, recipe.featureDropout),
    }),
  });
  const negatives = input("negatives", [masked, quantiser.negatives], "int32");
  const values = pretrainingObjective(pairs, negatives, quantiser, {
    objective: recipe.objective,
    training,
    ...(recipe.objective === "fairseq" && {
      penalty: { weight: recipe.penaltyWeight, convFeatures: convFeatures! }, // set by the hook
    }),
  });
  const outputs = Object.fromEntries([...METRICS, ...SIGNS].map((name) => [name, values[name]]));
  return { outputs, hidden: features.hidden, dropout };
}

/** Compiles the step; everything learns. */
export async function pretrainingStep<T extends Tensor>(
  config: Wav2Vec2Config,
  quantiser: PretrainingConfig,
  recipe: PretrainingRecipe,
  backend: Backend<T>,
  weights: Weights,
  sharing?: Sharing,
): Promise<GradientStep<PretrainingBatch, T>> {
  const { outputs, hidden, dropout } = pretrainingValues(config, quantiser, recipe, true);
  const built = trainingGraph({
    outputs,
    from: "loss",
    isTrained: () => true,
    ...(recipe.rematerialise && { checkpoints: hidden }),
  });
  const draw = (batch: PretrainingBatch, random: Random): Promise<Drawn> => {
    const { host, masked } = drawFeeds(batch, config, quantiser, recipe, random);
    const { layer = 0 } = recipe.rates;
    const keeps: HostTensors =
      layer > 0 ? { layerKeeps: { data: sampleLayerKeeps(config.layers, layer, random), shape: [config.layers] } } : {}; // prettier-ignore
    const bindings = new Map([
      ["batch", batch.clips.length],
      ["samples", host["samples"]!.shape[1]!],
      ["masked", masked],
    ]);
    return Promise.resolve({
      host: { ...host, ...keeps, ...dropout.draw(bindings, random) },
      units: masked,
      metrics: (given) => metricsOf(given, masked),
    });
  };
  return compileStep({ name: "pretraining", built, draw }, backend, weights, sharing);
}

/** The objective without noise or dropout on weights in training. */
export async function pretrainingEvaluator<T extends Tensor>(
  config: Wav2Vec2Config,
  quantiser: PretrainingConfig,
  recipe: PretrainingRecipe,
  backend: Backend<T>,
  weights: Weights,
) {
  const { outputs } = pretrainingValues(config, quantiser, recipe, false);
  const own = graph(parameterInputs(outputs, () => true));
  const program = await backend.compile(own, weights, { name: "evaluation" });
  return {
    /** @returns means over masked frames */
    async run(batches: AsyncIterable<PretrainingBatch>, parameters: Tensors<T>, random: Random) {
      const totals: Record<string, number> = {};
      let frames = 0;
      for await (const batch of batches) {
        const { host, masked } = drawFeeds(batch, config, quantiser, recipe, random);
        const given = await withUploaded(backend, host, async (feeds) =>
          takeAll(backend, await program.run(inputsOf(own, { ...feeds, ...parameters }))),
        );
        const metrics = metricsOf(given, masked);
        for (const [name, value] of Object.entries(metrics))
          totals[name] = (totals[name] ?? 0) + value * masked;
        frames += masked;
      }
      return Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, total / frames]));
    },
    dispose: () => program.dispose(),
  };
}

/** Losses per masked frame, in nats; signs as they are. All are scalars. */
function metricsOf(given: Readonly<Record<string, TypedArray>>, masked: number): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const name of METRICS) metrics[name] = given[name]![0]! / masked;
  for (const name of SIGNS) metrics[name] = given[name]![0]!;
  return metrics;
}

function drawFeeds(
  { clips, temperature }: PretrainingBatch,
  config: Wav2Vec2Config,
  quantiser: PretrainingConfig,
  recipe: PretrainingRecipe,
  random: Random,
): { host: Record<string, HostTensors[string]>; masked: number } {
  const { samples } = prepareClips(clips, config, recipe);
  const frames = encoderFrames(samples.shape[1]!, config.convLayers) as number; // a number stays a number
  const mask = fairseqSpanMask(clips.map(() => frames), frames, recipe.timeMask, random); // prettier-ignore
  const positions = maskedPositions(mask);
  const masked = Int32Array.from(
    positions.flatMap((row, i) => Array.from(row, (frame) => i * frames + frame)),
  );
  const count = masked.length;
  const { groups, codes, negatives } = quantiser;
  const host: Record<string, HostTensors[string]> = {
    samples,
    timeMask: { data: mask.mask, shape: mask.shape },
    masked: { data: masked, shape: [count] },
    negatives: { data: sampleNegatives(positions.map(({ length }) => length), negatives, random), shape: [count, negatives] }, // prettier-ignore
    noise: { data: gumbelNoise(count * groups * codes, random), shape: [count, groups, codes] },
    temperature: { data: Float32Array.of(temperature), shape: [] },
  };
  if (recipe.channelMask) {
    const { mask: data, shape } = fairseqSpanMask(clips.map(() => config.hiddenSize), config.hiddenSize, recipe.channelMask, random); // prettier-ignore
    host["channelMask"] = { data, shape };
  }
  return { host, masked: count };
}
