// The optimiser's update: on the host where tensors lie there, else as programs, in parts: a runtime that copies its
// results then holds copies of one part at a time.
import type { Backend, Program, Tensor } from "@wav2vec/core";
import { adamGraph, type TrainedParameter } from "../optimizer.js";
import { adamInPlace } from "./adam-in-place.js";
import { inputsOf, type Tensors } from "./gradient-step.js";

/** Moves parameters and moments by one update. */
export interface AdamUpdates<T extends Tensor> {
  /** Makes a tensor of the state where its updates are cheapest: a parameter, or a moment of one, each once. */
  place(values: Float32Array, shape: readonly number[]): T;
  /**
   * All that is given is given away.
   *
   * @param state `parameter.NAME`, `first.NAME` and `second.NAME`
   * @param gradients `gradient.NAME`
   * @param coefficients `adam.GROUP`
   * @returns the next `state`
   */
  run(state: Tensors<T>, gradients: Tensors<T>, coefficients: Tensors<T>): Promise<Tensors<T>>;
  dispose(): void;
}

/**
 * Prepares the updates.
 *
 * @param elements of the parameters of one program at most, unless a single one has more; default 64 MiB of float32
 */
export async function adamUpdates<T extends Tensor>(
  backend: Backend<T>,
  parameters: readonly TrainedParameter[],
  elements = 2 ** 24,
): Promise<AdamUpdates<T>> {
  if (backend.hostMemory) return adamInPlace(backend, (tensor) => backend.hostMemory!(tensor), parameters); // just seen
  const graphs = inParts(parameters, elements).map(adamGraph);
  const programs: Program<T>[] = [];
  for (const part of graphs) programs.push(await backend.compile(part, new Map(), { name: "update" }));
  return {
    place: (values, shape) => backend.upload(values, shape),
    async run(state, gradients, coefficients) {
      const all = { ...state, ...gradients, ...coefficients };
      const next: Record<string, T> = {};
      for (const [i, program] of programs.entries()) {
        const inputs = inputsOf(graphs[i]!, all); // a graph for each program
        const donate = Object.keys(inputs).filter((name) => !(name in coefficients));
        Object.assign(next, await program.run(inputs, { donate }));
      }
      for (const tensor of Object.values(coefficients)) backend.free(tensor);
      return next;
    },
    dispose() {
      for (const program of programs) program.dispose();
    },
  };
}

function inParts(parameters: readonly TrainedParameter[], elements: number): TrainedParameter[][] {
  const parts: TrainedParameter[][] = [];
  let taken = Infinity;
  for (const parameter of parameters) {
    const size = parameter.shape.reduce((n, dim) => n * dim, 1);
    if (taken + size > elements) {
      parts.push([]);
      taken = 0;
    }
    parts.at(-1)!.push(parameter); // the first parameter opens a part
    taken += size;
  }
  return parts;
}
