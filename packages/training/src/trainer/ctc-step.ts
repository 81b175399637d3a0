// CTC fine-tuning's step: one program from samples to gradients.
import {
  ctcHead,
  evaluateDim,
  type Backend,
  type Bindings,
  type Tensor,
  type Value,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import { ctcFeeds } from "../ctc-feeds.js";
import { ctcGraph } from "../ctc-graph.js";
import type { Random } from "../random.js";
import { trainingGraph } from "../training-graph.js";
import { compileStep, type Drawn } from "./compile-step.js";
import { drawClips, encoderInTraining, type EncoderRecipe } from "./encoder-in-training.js";
import type { GradientStep, HostTensors } from "./gradient-step.js";
import type { Sharing } from "./replicas.js";

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

/** Inputs of a run, the frames of each clip, and the lengths that the inputs give. */
export interface ClipFeeds {
  readonly host: HostTensors;
  readonly frameCounts: Int32Array;
  readonly bindings: Bindings;
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
  { source, sharing }: { readonly source?: CtcSource | undefined; readonly sharing?: Sharing } = {},
): Promise<GradientStep<CtcTrainingBatch, T>> {
  const { logits, hidden, feeds } =
    source ?? encoderSource(config, recipe, ctcTrainingValues(config, recipe, isTrained));
  const { losses, gradient } = ctcGraph(logits);
  const built = trainingGraph({
    outputs: { losses },
    from: [{ value: logits, seed: gradient }],
    isTrained,
    ...(recipe.rematerialise && { checkpoints: hidden }),
  });
  const classes = logits.shape[2] as number; // a head's width is known

  const draw = async (batch: CtcTrainingBatch, random: Random): Promise<Drawn> => {
    const { labels } = batch;
    const perRow = (row: number) => 1 / Math.max(1, labels[row]!.length);
    const { host, frameCounts, bindings } = await feeds(batch, random);
    const shape = [labels.length, evaluateDim(logits.shape[1]!, bindings), classes] as const;
    const ctc = ctcFeeds(
      { shape, frameCounts, targets: labels },
      config.padTokenId,
      recipe.perLabel ? perRow : undefined,
    );
    return {
      host: { ...host, ...ctc.host },
      units: labels.length,
      metrics({ losses: given }) {
        const loss = labels.reduce(
          (sum, _, row) => sum + (ctc.impossible[row] ? Infinity : given![row]! * perRow(row)), // the program gives them
          0,
        );
        return { loss: loss / labels.length };
      },
    };
  };
  return compileStep({ name: "training step", built, draw }, backend, weights, sharing);
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
