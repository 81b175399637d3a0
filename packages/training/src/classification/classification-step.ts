// A classifier's step: one program that gives loss and gradients of a batch; and the same without gradients, to judge.
import { graph, type Backend, type Tensor, type Weights } from "@wav2vec/core";
import { createRandom, type Random } from "../random.js";
import { trainingGraph } from "../training-graph.js";
import { compileStep, type Drawn } from "../trainer/compile-step.js";
import {
  inputsOf,
  takeNumber,
  withUploaded,
  type GradientStep,
  type Tensors,
} from "../trainer/gradient-step.js";
import { parameterInputs } from "../trainer/parameter-inputs.js";
import type { Sharing } from "../trainer/replicas.js";
import type { Objective } from "./objectives.js";
import type { ClassificationBatch, OutputSource } from "./output-source.js";

/**
 * Compiles the step.
 *
 * @param weights parameters that are not trained; they stay in the program
 * @param options `rematerialise`: compute activations again in the backward pass
 */
export async function classificationStep<T extends Tensor>(
  source: OutputSource,
  objective: Objective,
  backend: Backend<T>,
  weights: Weights,
  isTrained: (name: string) => boolean,
  { rematerialise = false, sharing }: { readonly rematerialise?: boolean; readonly sharing?: Sharing } = {},
): Promise<GradientStep<ClassificationBatch, T>> {
  const { loss } = objective.build(source.outputs);
  const built = trainingGraph({
    outputs: { loss },
    from: "loss",
    isTrained,
    ...(rematerialise && { checkpoints: source.checkpoints }),
  });
  const draw = async (batch: ClassificationBatch, random: Random): Promise<Drawn> => {
    const { host, units } = objective.feeds(batch.targets);
    return {
      host: { ...(await source.feeds(batch, random)), ...host },
      units,
      metrics: ({ loss: total }) => ({ loss: total![0]! / Math.max(1, units) }), // a scalar that the program gives
    };
  };
  return compileStep({ name: "classification", built, draw }, backend, weights, sharing);
}

/** What a classifier says of clips, beside what it should. */
export interface Judged {
  /** A row a clip: scores of the labels, or of the labels of each of its frames. */
  readonly scores: readonly Float32Array[];
  /** A row a clip, of heads that give an `embedding`. */
  readonly embeddings: readonly Float32Array[];
  /** Mean over units. */
  readonly loss: number;
}

/** A compiled classifier whose trained parameters are inputs. */
export interface ClassificationEvaluator<T extends Tensor = Tensor> {
  run(batches: AsyncIterable<ClassificationBatch>, parameters: Tensors<T>): Promise<Judged>;
  dispose(): void;
}

/**
 * Compiles the evaluator.
 *
 * @param source without masks and dropout
 * @param isTrained which parameters are inputs, `parameter.NAME`; the others come from `weights`
 */
export async function classificationEvaluator<T extends Tensor>(
  source: OutputSource,
  objective: Objective,
  backend: Backend<T>,
  weights: Weights,
  isTrained: (name: string) => boolean,
): Promise<ClassificationEvaluator<T>> {
  const { embedding } = source.outputs;
  const own = graph(
    parameterInputs({ ...objective.build(source.outputs), ...(embedding && { embedding }) }, isTrained),
  );
  const program = await backend.compile(own, weights, { name: "evaluation" });
  const random = createRandom(0); // nothing is drawn without masks and dropout
  return {
    async run(batches, parameters) {
      const judged = { scores: [] as Float32Array[], embeddings: [] as Float32Array[] };
      let loss = 0;
      let count = 0;
      for await (const batch of batches) {
        const { host, units } = objective.feeds(batch.targets);
        await withUploaded(backend, { ...(await source.feeds(batch, random)), ...host }, async (feeds) => {
          const results = await program.run(inputsOf(own, { ...feeds, ...parameters }));
          const rowsOf = async (tensor: T) => {
            const data = (await backend.download(tensor)) as Float32Array; // outputs are float32
            const size = data.length / tensor.shape[0]!; // a batch is not empty
            backend.free(tensor);
            return batch.targets.map((_, row) => data.slice(row * size, (row + 1) * size));
          };
          loss += await takeNumber(backend, results["loss"]!);
          count += units;
          judged.scores.push(...(await rowsOf(results["scores"]!)));
          if (results["embedding"]) judged.embeddings.push(...(await rowsOf(results["embedding"])));
        });
      }
      return { ...judged, loss: loss / Math.max(1, count) };
    },
    dispose: () => program.dispose(),
  };
}
