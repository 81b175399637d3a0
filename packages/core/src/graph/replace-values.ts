// The same computation from other starting points.
import { apply, applyComposite, topologicalOrder, type Value } from "./graph.js";

/**
 * Builds `outputs` again with each value of `replacements` exchanged for another of its shape and dtype. What does
 * not depend on them stays the same value. Composites count as one value each.
 *
 * @throws ShapeError if a replacement does not fit where it is used
 */
export function replaceValues(
  outputs: Readonly<Record<string, Value>>,
  replacements: ReadonlyMap<Value, Value>,
): Record<string, Value> {
  const replaced = new Map<Value, Value>();
  for (const value of topologicalOrder(Object.values(outputs), () => true)) {
    replaced.set(value, replacements.get(value) ?? rebuilt(value, replaced));
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, replaced.get(value)!]));
}

function rebuilt(value: Value, replaced: ReadonlyMap<Value, Value>): Value {
  if (value.kind === "input" || value.kind === "param") return value;
  const inputs = value.inputs.map((x: Value) => replaced.get(x)!); // in topological order
  if (inputs.every((x, i) => x === value.inputs[i])) return value;
  return value.kind === "op"
    ? apply(value.op, inputs as never, value.attrs) // as many inputs as before
    : applyComposite(value.op, inputs as never, value.attrs); // as above
}
