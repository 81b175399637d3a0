// CTC fine-tuning's step: forward on the device, the loss on the host, backward on the device.
import { ctcHead, input, type Backend, type Tensor, type Wav2Vec2Config, type Weights } from "@wav2vec/core";
import { ctcLoss } from "../ctc-loss.js";
import { splitGraph } from "../split-graph.js";
import { trainingGraph } from "../training-graph.js";
import { drawClips, encoderInTraining, type EncoderRecipe } from "./encoder-in-training.js";
import { inputsOf, withUploaded, type GradientStep } from "./gradient-step.js";

/** Clips and what they say. */
export interface CtcTrainingBatch {
  readonly names: readonly string[];
  /** Raw samples at 16 kHz. */
  readonly clips: readonly Float32Array[];
  readonly labels: readonly Int32Array[];
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
export function ctcTrainingValues(config: Wav2Vec2Config, recipe: CtcRecipe) {
  const { features, dropout } = encoderInTraining(config, recipe);
  const logits = ctcHead({ ...features, last: dropout.apply(features.last, recipe.finalDropout) }, config);
  return { logits, hidden: features.hidden, dropout };
}

/**
 * Compiles the step.
 *
 * @param weights parameters that are not trained; they stay in the programs
 */
export async function ctcStep<T extends Tensor>(
  config: Wav2Vec2Config,
  recipe: CtcRecipe,
  backend: Backend<T>,
  weights: Weights,
  isTrained: (name: string) => boolean,
): Promise<GradientStep<CtcTrainingBatch, T>> {
  const { logits, hidden, dropout } = ctcTrainingValues(config, recipe);
  const built = trainingGraph({
    outputs: { logits },
    from: [{ value: logits, seed: input("seed", logits.shape) }],
    isTrained,
    accumulates: true,
    ...(recipe.rematerialise && { checkpoints: hidden }),
  });
  const { first, second, saved } = splitGraph(built.graph, ["logits"]);
  const forward = await backend.compile(first, weights, { name: "forward" });
  const backward = await backend.compile(second, weights, { name: "backward" });

  return {
    parameters: built.parameters,
    async run(batch, parameters, sums, isOwned, random) {
      const { host, frameCounts } = drawClips(batch.clips, config, recipe, dropout, random);
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
          inputsOf(second, { ...feeds, ...parameters, ...activations, ...sums, seed }),
          { donate: [...saved, "seed", ...(isOwned ? Object.keys(sums) : [])] },
        );
        const { norm, ...gradients } = results;
        const [length] = await backend.download(norm!);
        backend.free(norm!);
        const loss = rows.reduce((sum, row, i) => sum + row / Math.max(1, batch.labels[i]!.length), 0);
        return {
          gradients,
          norm: length!,
          units: batch.clips.length,
          metrics: { loss: loss / batch.clips.length },
        };
      });
    },
    dispose() {
      forward.dispose();
      backward.dispose();
    },
  };
}

/** Each row of the gradient over its label count. */
function divideRows(gradient: Float32Array, labels: readonly Int32Array[]): void {
  const size = gradient.length / labels.length;
  labels.forEach(({ length }, row) => {
    for (let i = row * size; i < (row + 1) * size; i++) gradient[i]! /= Math.max(1, length);
  });
}
