// Binds a model of the family: strict inside the modules that its graph uses, indifferent to the others.
import { idleKeys, type Wav2Vec2Config, type Weights } from "@wav2vec/core";
import { bindWeights, type BoundWeights, type ParameterSpec } from "./binding.js";

/**
 * Binds the parameters of a graph. An unused key inside a module that the graph uses (`encoder`, `lm_head`, …) would
 * mean that config and weights disagree, e.g. on the number of layers, and is an error; other modules, such as a
 * quantiser or another head, may be there unused.
 *
 * @param options `ignore`: keys inside the used modules that are bound elsewhere
 * @throws WeightError listing all missing, unused and misshapen keys
 */
export function bindModel(
  params: readonly ParameterSpec[],
  checkpoint: { readonly source: string; readonly weights: Weights },
  config: Pick<Wav2Vec2Config, "positional">,
  { ignore = [] }: { readonly ignore?: readonly RegExp[] } = {},
): BoundWeights {
  const modules = [...new Set(params.map(({ name }) => moduleOf(name)))];
  const otherModules = new RegExp(`^(?!(${modules.join("|")})(\\.|$))`);
  return bindWeights(params, checkpoint, { ignore: [...ignore, ...idleKeys(config), otherModules] });
}

/** `encoder.layers.3…` is in `encoder`. */
function moduleOf(key: string): string {
  return key.split(".", 1)[0]!; // split gives at least one part
}
