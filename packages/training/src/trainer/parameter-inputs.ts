// Graphs whose trained parameters are inputs, so that weights in training can be evaluated where they are.
import { input, replaceValues, topologicalOrder, type Value } from "@wav2vec/core";

/** The same outputs, with inputs `parameter.NAME` for the parameters that `isTrained` names. */
export function parameterInputs(
  outputs: Readonly<Record<string, Value>>,
  isTrained: (name: string) => boolean,
): Record<string, Value> {
  const known = new Map<string, Value>();
  const inputs = new Map<Value, Value>();
  for (const value of topologicalOrder(Object.values(outputs), () => true)) {
    if (value.kind !== "param" || !isTrained(value.name)) continue;
    const own = known.get(value.name) ?? input(`parameter.${value.name}`, value.shape);
    known.set(value.name, own);
    inputs.set(value, own);
  }
  return replaceValues(outputs, inputs);
}
