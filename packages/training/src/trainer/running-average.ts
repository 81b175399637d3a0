// A running average of the weights in training: what is evaluated and saved in place of them.
import type { Backend, Tensor, TypedArray } from "@wav2vec/core";
import { averageGraph, type TrainedParameter } from "../optimizer.js";
import type { Tensors } from "./gradient-step.js";

/** The average of one stage's parameters. */
export interface RunningAverage<T extends Tensor> {
  /** `parameter.NAME`; valid until the next `add`. */
  tensors(): Tensors<T>;
  /**
   * Takes new weights in.
   *
   * @param weights `parameter.NAME`; they stay valid
   * @param update counted from 0
   */
  add(weights: Tensors<T>, update: number): Promise<void>;
  dispose(): void;
}

/** @param start `parameter.NAME`, which become the average's own */
export async function runningAverage<T extends Tensor>(
  backend: Backend<T>,
  parameters: readonly Pick<TrainedParameter, "name" | "shape">[],
  decay: number,
  start: Tensors<T>,
): Promise<RunningAverage<T>> {
  if (backend.hostMemory) {
    const memoryOf = (tensor: T) => backend.hostMemory!(tensor); // just seen
    return {
      tensors: () => start,
      add(weights, update) {
        const share = 1 - decayAt(decay, update);
        for (const [name, tensor] of Object.entries(start)) approach(memoryOf(tensor), memoryOf(weights[name]!), share); // prettier-ignore
        return Promise.resolve();
      },
      dispose() {
        for (const tensor of Object.values(start)) backend.free(tensor);
      },
    };
  }
  const program = await backend.compile(averageGraph(parameters), new Map(), { name: "average" });
  let state = renamed(start, "parameter.", "average.");
  return {
    tensors: () => renamed(state, "average.", "parameter."),
    async add(weights, update) {
      const share = backend.upload(Float32Array.of(1 - decayAt(decay, update)), []);
      state = await program.run(
        { ...weights, ...state, share },
        { donate: [...Object.keys(state), "share"] },
      );
    },
    dispose() {
      program.dispose();
      for (const tensor of Object.values(state)) backend.free(tensor);
    },
  };
}

/** Moves `average` by a share of what is between it and `weights`, in place. */
function approach(average: TypedArray, weights: TypedArray, share: number): void {
  for (let i = 0; i < average.length; i++) average[i]! += (weights[i]! - average[i]!) * share;
}

/**
 * Early on the average is of fewer updates, or it would stay near the random start for long.
 *
 * @see tensorflow ExponentialMovingAverage, `num_updates`
 */
const decayAt = (decay: number, update: number) => Math.min(decay, (1 + update) / (10 + update));

function renamed<T extends Tensor>(tensors: Tensors<T>, from: string, to: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [to + name.slice(from.length), tensor]),
  );
}
