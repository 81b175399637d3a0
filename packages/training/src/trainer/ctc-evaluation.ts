// How well a model recognises clips during training: greedy text, word and character errors, loss.
import {
  clipsInput,
  ctcHead,
  encode,
  frameCount,
  graph,
  input,
  prepareClips,
  symbol,
  type Backend,
  type Tensor,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import {
  characterErrorRate,
  decodeGreedy,
  wordErrorRate,
  type TextPair,
  type Vocabulary,
} from "@wav2vec/decoders";
import { ctcLoss } from "../ctc-loss.js";
import type { CtcTrainingBatch } from "./ctc-step.js";
import { inputsOf, withUploaded, type Tensors } from "./gradient-step.js";
import { parameterInputs } from "./parameter-inputs.js";

/** Clips, what they say in labels, and in words. */
export interface CtcEvaluationBatch extends CtcTrainingBatch {
  readonly texts: readonly string[];
}

/** Result over all clips. */
export interface CtcEvaluation {
  /** Errors per word of the references. */
  readonly wer: number;
  readonly cer: number;
  /** Mean over clips of the CTC loss per label; clips whose loss is infinite count 0. */
  readonly loss: number;
  /** In the order of the batches. */
  readonly pairs: readonly TextPair[];
}

/** A compiled recogniser whose trained parameters are inputs. */
export interface CtcEvaluator<T extends Tensor = Tensor> {
  run(batches: AsyncIterable<CtcEvaluationBatch>, parameters: Tensors<T>): Promise<CtcEvaluation>;
  dispose(): void;
}

/** @param isTrained which parameters are inputs, `parameter.NAME`; the others come from `weights` */
export async function ctcEvaluator<T extends Tensor>(
  config: Wav2Vec2Config,
  vocabulary: Vocabulary,
  backend: Backend<T>,
  weights: Weights,
  { isTrained, normalise }: { readonly isTrained: (name: string) => boolean; readonly normalise: boolean },
): Promise<CtcEvaluator<T>> {
  const batch = symbol("batch");
  const lengths = input("lengths", [batch], "int32");
  const features = encode(clipsInput(config, batch), config, { lengths, weightNorm: "factored" });
  const own = graph(parameterInputs({ logits: ctcHead(features, config) }, isTrained));
  const program = await backend.compile(own, weights, { name: "evaluation" });

  const logitsOf = ({ clips }: CtcEvaluationBatch, parameters: Tensors<T>) => {
    const { samples, lengths: given } = prepareClips(clips, config, { normalise });
    const counts = given ?? {
      data: new Int32Array(clips.length).fill(samples.shape[1]!),
      shape: [clips.length],
    };
    return withUploaded(backend, { samples, lengths: counts }, async (feeds) => {
      const { logits } = await program.run(inputsOf(own, { ...feeds, ...parameters }));
      const data = (await backend.download(logits!)) as Float32Array; // float32 by construction
      const shape = logits!.shape as readonly [number, number, number];
      backend.free(logits!);
      return { data, shape };
    });
  };

  return {
    async run(batches, parameters) {
      const pairs: TextPair[] = [];
      let loss = 0;
      for await (const clips of batches) {
        const { data, shape } = await logitsOf(clips, parameters);
        const [, frames, symbols] = shape;
        const frameCounts = Int32Array.from(clips.clips, ({ length }) => frameCount(length, config));
        const { rows } = ctcLoss(
          { logits: data, shape, frameCounts, targets: clips.labels },
          { blank: config.padTokenId },
        );
        clips.texts.forEach((reference, row) => {
          if (Number.isNaN(rows[row]))
            throw new RangeError(
              `evaluation: the logits of ${clips.names[row]!} are NaN: the weights went out of the numbers; lower optimizer.rate or set optimizer.clip`,
            );
          const start = row * frames * symbols;
          const count = frameCounts[row]!;
          const emissions = { data: data.subarray(start, start + count * symbols), frames: count, symbols };
          pairs.push({ reference, hypothesis: decodeGreedy(emissions, vocabulary).text });
          if (Number.isFinite(rows[row])) loss += rows[row]! / Math.max(1, clips.labels[row]!.length);
        });
      }
      return {
        wer: wordErrorRate(pairs),
        cer: characterErrorRate(pairs),
        loss: loss / Math.max(1, pairs.length),
        pairs,
      };
    },
    dispose: () => program.dispose(),
  };
}
