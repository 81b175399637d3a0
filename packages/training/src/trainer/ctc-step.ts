// CTC fine-tuning's step: forward on the device, the loss on the host, backward on the device.
import {
  ctcHead,
  input,
  type Backend,
  type Tensor,
  type Value,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import { ctcLoss } from "../ctc-loss.js";
import type { Random } from "../random.js";
import { splitGraph } from "../split-graph.js";
import { trainingGraph } from "../training-graph.js";
import { drawClips, encoderInTraining, type EncoderRecipe } from "./encoder-in-training.js";
import { inputsOf, withUploaded, type GradientStep, type HostTensors } from "./gradient-step.js";

/** Clips and what they say. */
export interface CtcTrainingBatch {
  readonly names: readonly string[];
  /** Raw samples at 16 kHz. */
  readonly clips: readonly Float32Array[];
  readonly labels: readonly Int32Array[];
  /** Positions in the data set, where the step is on features that are kept; `clips` is then empty. */
  readonly indices?: ArrayLike<number>;
}

/** Where the logits of a step come from: the encoder, or features that are kept. */
export interface CtcSource {
  readonly logits: Value;
  /** Values to compute again from in the backward pass, if the recipe says so. */
  readonly hidden: readonly Value[];
  /** Everything a run is fed, drawn in one order. */
  feeds(batch: CtcTrainingBatch, random: Random): Promise<ClipFeeds>;
}

/** Inputs of a run, and the frames of each clip. */
export interface ClipFeeds {
  readonly host: HostTensors;
  readonly frameCounts: Int32Array;
}

/** What fine-tuning does to a model on the way. */
export interface CtcRecipe extends EncoderRecipe {
  /** Dropout before the head; `final_dropout`. */
  readonly finalDropout: number;
  /** The loss of a clip is divided by its label count (torch's `mean`); otherwise clips count by their length. */
  readonly perLabel: boolean;
  /** Computes each layer's activations again in the backward pass, for less memory. */
  readonly rematerialise: boolean;
}

/** The graph in training form; batch and samples are symbols. */
export function ctcTrainingValues(
  config: Wav2Vec2Config,
  recipe: CtcRecipe,
  isTrained?: (name: string) => boolean,
) {
  const { features, dropout } = encoderInTraining(config, recipe, isTrained);
  const logits = ctcHead({ ...features, last: dropout.apply(features.last, recipe.finalDropout) }, config);
  return { logits, hidden: features.hidden, dropout };
}

/**
 * Compiles the step.
 *
 * @param weights parameters that are not trained; they stay in the programs
 * @param source default the encoder in training form
 */
export async function ctcStep<T extends Tensor>(
  config: Wav2Vec2Config,
  recipe: CtcRecipe,
  backend: Backend<T>,
  weights: Weights,
  isTrained: (name: string) => boolean,
  source?: CtcSource,
): Promise<GradientStep<CtcTrainingBatch, T>> {
  const {
    logits,
    hidden,
    feeds: draw,
  } = source ?? encoderSource(config, recipe, ctcTrainingValues(config, recipe, isTrained));
  const built = trainingGraph({
    outputs: { logits },
    from: [{ value: logits, seed: input("seed", logits.shape) }],
    isTrained,
    ...(recipe.rematerialise && { checkpoints: hidden }),
  });
  const { first, second, saved } = splitGraph(built.graph, ["logits"], !backend.copiesResults);
  const forward = await backend.compile(first, weights, { name: "forward" });
  const backward = await backend.compile(second, weights, { name: "backward" });

  return {
    parameters: built.parameters,
    async run(batch, parameters, random) {
      const { host, frameCounts } = await draw(batch, random);
      return withUploaded(backend, host, async (feeds) => {
        const { logits: scores, ...activations } = await forward.run(
          inputsOf(first, { ...feeds, ...parameters }),
        );
        const data = (await backend.download(scores!)) as Float32Array; // float32 by construction
        const shape = scores!.shape as readonly [number, number, number];
        backend.free(scores!);
        const { gradient, rows } = ctcLoss(
          { logits: data, shape, frameCounts, targets: batch.labels },
          { blank: config.padTokenId, reduction: "sum" },
        );
        if (recipe.perLabel) divideRows(gradient, batch.labels);
        const seed = backend.upload(gradient, shape);
        const results = await backward.run(
          inputsOf(second, { ...feeds, ...parameters, ...activations, seed }),
          { donate: [...saved, "seed"] },
        );
        const { norm, ...gradients } = results;
        const [length] = await backend.download(norm!);
        backend.free(norm!);
        const loss = rows.reduce((sum, row, i) => sum + row / Math.max(1, batch.labels[i]!.length), 0);
        return {
          gradients,
          norm: length!,
          units: batch.labels.length,
          metrics: { loss: loss / batch.labels.length },
        };
      });
    },
    dispose() {
      forward.dispose();
      backward.dispose();
    },
  };
}

function encoderSource(
  config: Wav2Vec2Config,
  recipe: CtcRecipe,
  { logits, hidden, dropout }: ReturnType<typeof ctcTrainingValues>,
): CtcSource {
  return {
    logits,
    hidden,
    feeds: ({ clips }, random) => Promise.resolve(drawClips(clips, config, recipe, dropout, random)),
  };
}

/** Each row of the gradient over its label count. */
function divideRows(gradient: Float32Array, labels: readonly Int32Array[]): void {
  const size = gradient.length / labels.length;
  labels.forEach(({ length }, row) => {
    for (let i = row * size; i < (row + 1) * size; i++) gradient[i]! /= Math.max(1, length);
  });
}
