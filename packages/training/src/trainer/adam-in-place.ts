// The optimiser's update where tensors lie on the host: one pass over memory, in which a graph would take fifteen.
import type { Backend, Tensor, TypedArray } from "@wav2vec/core";
import type { TrainedParameter } from "../optimizer.js";
import { chooseMove } from "./adam-kernels.js";
import type { AdamUpdates } from "./adam-updates.js";
import type { Tensors } from "./gradient-step.js";

/** The updates of `adamUpdates` on the tensors' own memory. The result differs from the graph's by float32 rounding. */
export function adamInPlace<T extends Tensor>(
  { free, upload, adopt }: Pick<Backend<T>, "free" | "upload" | "adopt">,
  memoryOf: (tensor: T) => TypedArray,
  parameters: readonly TrainedParameter[],
): AdamUpdates<T> {
  const lengths = parameters.map(({ shape }) => shape.reduce((n, dim) => n * dim, 1));
  const { move, take } = chooseMove(adopt ? [lengths, lengths, lengths].flat() : []);
  return {
    place(values, shape) {
      if (!take || !adopt) return upload(values, shape);
      const memory = take(values.length);
      memory.set(values);
      return adopt(memory, shape);
    },
    run(state, gradients, coefficients) {
      for (const { name, group, decays } of parameters) {
        const of = (key: string, tensors: Tensors<T>) => memoryOf(tensors[`${key}.${name}`]!);
        const arrays = [of("parameter", state), of("gradient", gradients), of("first", state), of("second", state)] as const; // prettier-ignore
        const [scale, oneMinusFirst, oneMinusSecond, step, eps, decay] = Array.from(
          memoryOf(coefficients[`adam.${group}`]!),
        ) as [number, number, number, number, number, number]; // adamCoefficients gives six
        move(arrays, [scale, oneMinusFirst, oneMinusSecond, step, eps, decays ? 1 - decay : 1]);
      }
      for (const tensor of Object.values({ ...gradients, ...coefficients })) free(tensor);
      return Promise.resolve(state);
    },
    dispose: () => undefined,
  };
}
