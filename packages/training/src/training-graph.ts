// From a loss to what one step runs: weights as inputs, their gradients and the gradients' norm as outputs.
import {
  constant,
  gradient,
  graph,
  input,
  replaceValues,
  simplify,
  topologicalOrder,
  type Graph,
  type SeededOutput,
  type Value,
} from "@wav2vec/core";
import { globalNorm } from "./gradient-norm.js";

/** What is trained, on what. */
export interface TrainingGraphOptions {
  /** What the step reports: losses, logits, perplexities. */
  readonly outputs: Readonly<Record<string, Value>>;
  /**
   * Where the gradient enters: the name of a scalar loss among `outputs`, or any values with seeds, such as the
   * logits with the gradient of `ctcGraph`.
   */
  readonly from: string | readonly SeededOutput[];
  /** Which parameters learn; the others stay weights of the program and cost no backward pass. */
  readonly isTrained: (name: string) => boolean;
  /** Values to compute again from in the backward pass; see `gradient`. */
  readonly checkpoints?: readonly Value[];
}

/** A graph for one step, and what it trains. */
export interface TrainingGraph {
  /** Inputs: those of the model, `parameter.NAME`. Outputs: those asked for, `gradient.NAME`, `norm`. */
  readonly graph: Graph;
  /** Parameters that have a gradient, by name, in the order of the model. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
}

/**
 * Builds the graph of one step. `norm` is the length of all gradients together.
 *
 * @throws RangeError if no parameter is trained or `from` names no output
 */
export function trainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const { isTrained, checkpoints = [] } = options;
  const seeded = seedsOf(options);
  const values: Record<string, Value> = {};
  Object.entries(options.outputs).forEach(([name, value]) => (values[`output ${name}`] = value));
  seeded.forEach(({ value, seed }, i) => {
    values[`seeded ${i}`] = value;
    values[`seed ${i}`] = seed; // may depend on the value, as CTC's does
  });
  checkpoints.forEach((value, i) => (values[`checkpoint ${i}`] = value));

  const parameters = new Map<string, Value>();
  const inputs = new Map<Value, Value>();
  for (const value of topologicalOrder(Object.values(values), () => true)) {
    if (value.kind !== "param" || !isTrained(value.name)) continue;
    const known = parameters.get(value.name) ?? input(`parameter.${value.name}`, value.shape);
    parameters.set(value.name, known);
    inputs.set(value, known);
  }
  const own = replaceValues(values, inputs);
  const found = gradient(
    seeded.map((_, i) => ({ value: own[`seeded ${i}`]!, seed: own[`seed ${i}`]! })),
    [...parameters.values()],
    { checkpoints: checkpoints.map((_, i) => own[`checkpoint ${i}`]!) },
  );
  const gradients: Record<string, Value> = {};
  const shapes = new Map<string, readonly number[]>();
  [...parameters].forEach(([name, { shape }], i) => {
    if (!found[i]) return;
    gradients[`gradient.${name}`] = found[i];
    shapes.set(name, shape as readonly number[]); // shapes of parameters are numbers
  });
  if (shapes.size === 0) {
    throw new RangeError(
      "trainingGraph: no parameter has a gradient; check isTrained and where the gradient enters",
    );
  }
  const outputs = Object.fromEntries(
    Object.keys(options.outputs).map((name) => [name, own[`output ${name}`]!]),
  );
  // Last parameters first: whoever runs outputs in their order takes each layer's gradients as the backward pass meets it.
  const backwards = Object.fromEntries(Object.entries(gradients).reverse());
  return {
    graph: simplify(graph({ ...outputs, ...backwards, norm: globalNorm(Object.values(gradients)) })),
    parameters: shapes,
  };
}

function seedsOf({ outputs, from }: TrainingGraphOptions): readonly SeededOutput[] {
  if (typeof from !== "string") return from;
  const value = outputs[from];
  if (!value) {
    throw new RangeError(`trainingGraph: no output "${from}"; there are ${Object.keys(outputs).join(", ")}`);
  }
  return [{ value, seed: constant(1, value.shape) }];
}
