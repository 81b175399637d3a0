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
import { drawClips, encoderInTraining, type EncoderRecipe } from "./encoder-in-training.js";
import { inputsOf, takeNumber, withUploaded, type GradientStep, type HostTensors } from "./gradient-step.js";

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
  source?: CtcSource,
): Promise<GradientStep<CtcTrainingBatch, T>> {
  const {
    logits,
    hidden,
    feeds: draw,
  } = source ?? encoderSource(config, recipe, ctcTrainingValues(config, recipe, isTrained));
  const { losses, gradient } = ctcGraph(logits);
  const built = trainingGraph({
    outputs: { losses },
    from: [{ value: logits, seed: gradient }],
    isTrained,
    ...(recipe.rematerialise && { checkpoints: hidden }),
  });
  const program = await backend.compile(built.graph, weights, { name: "training step" });
  const classes = logits.shape[2] as number; // a head's width is known

  return {
    parameters: built.parameters,
    async run(batch, parameters, random) {
      const { labels } = batch;
      const perRow = (row: number) => 1 / Math.max(1, labels[row]!.length);
      const { host, frameCounts, bindings } = await draw(batch, random);
      const shape = [labels.length, evaluateDim(logits.shape[1]!, bindings), classes] as const;
      const ctc = ctcFeeds(
        { shape, frameCounts, targets: labels },
        config.padTokenId,
        recipe.perLabel ? perRow : undefined,
      );
      return withUploaded(backend, { ...host, ...ctc.host }, async (feeds) => {
        const results = await program.run(inputsOf(built.graph, { ...feeds, ...parameters }));
        const { norm, losses: rows, ...gradients } = results;
        const [length, given] = [await takeNumber(backend, norm!), await backend.download(rows!)];
        backend.free(rows!);
        const loss = labels.reduce(
          (sum, _, row) => sum + (ctc.impossible[row] ? Infinity : given[row]! * perRow(row)),
          0,
        );
        return {
          gradients,
          norm: length,
          units: labels.length,
          metrics: { loss: loss / labels.length },
        };
      });
    },
    dispose: () => program.dispose(),
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
