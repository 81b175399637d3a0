// The optimiser's update where tensors lie on the host: one pass over memory, in which a graph would take fifteen.
import type { Backend, Tensor, TypedArray } from "@wav2vec/core";
import type { TrainedParameter } from "../optimizer.js";
import type { AdamUpdates } from "./adam-updates.js";

/** The updates of `adamUpdates` on the tensors' own memory. The result differs from the graph's by float32 rounding. */
export function adamInPlace<T extends Tensor>(
  { free }: Pick<Backend<T>, "free">,
  memoryOf: (tensor: T) => TypedArray,
  parameters: readonly TrainedParameter[],
): AdamUpdates<T> {
  return {
    run(state, gradients, coefficients) {
      for (const { name, group, decays } of parameters) {
        const [parameter, first, second] = ["parameter", "first", "second"].map((what) =>
          memoryOf(state[`${what}.${name}`]!),
        ) as [TypedArray, TypedArray, TypedArray]; // three names
        const gradient = memoryOf(gradients[`gradient.${name}`]!);
        move({ parameter, gradient, first, second }, memoryOf(coefficients[`adam.${group}`]!), decays);
      }
      for (const tensor of Object.values({ ...gradients, ...coefficients })) free(tensor);
      return Promise.resolve(state);
    },
    dispose: () => undefined,
  };
}

/** The formula of `adamGraph`, element by element. */
function move(
  { parameter, gradient, first, second }: Record<"parameter" | "gradient" | "first" | "second", TypedArray>,
  coefficients: TypedArray,
  decays: boolean,
): void {
  const [scale, oneMinusFirst, oneMinusSecond, step, eps, decay] = Array.from(coefficients) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]; // adamCoefficients gives six
  const kept = decays ? 1 - decay : 1;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]! * scale;
    const m = first[i]! + (g - first[i]!) * oneMinusFirst;
    const v = second[i]! + (g * g - second[i]!) * oneMinusSecond;
    first[i] = m;
    second[i] = v;
    parameter[i] = parameter[i]! * kept - (m * step) / (Math.sqrt(v) + eps);
  }
}
