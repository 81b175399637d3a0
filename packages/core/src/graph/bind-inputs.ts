// What every backend does first in a run: match the inputs given with those declared.
import type { Tensor } from "./backend.js";
import { bareSymbol, bindShape, type Bindings } from "./dim.js";
import { ShapeError } from "./errors.js";
import type { Graph, Input } from "./graph.js";

/**
 * Checks the inputs of one run and finds the values of the graph's symbols.
 *
 * @throws ShapeError if an input is missing, unknown, or of another shape or dtype
 */
export function bindInputs(graph: Graph, inputs: Readonly<Record<string, Tensor>>): Bindings {
  const names = new Set(graph.inputs.map(({ name }) => name)); // an optimiser's update has hundreds
  const unknown = Object.keys(inputs).filter((name) => !names.has(name));
  if (unknown.length > 0)
    throw new ShapeError(`run: unknown input "${unknown.join('", "')}"; expected ${[...names].join(", ")}`);
  const bindings = new Map<string, number>();
  // Inputs with lengths derived from others, such as a gradient's seed, wait until those are known.
  const derived = graph.inputs.filter(hasDerivedAxis);
  const inOrder = [...graph.inputs.filter((each) => !derived.includes(each)), ...derived];
  for (const { name, shape, dtype } of inOrder) {
    const tensor = inputs[name];
    if (!tensor)
      throw new ShapeError(
        `run: input "${name}" is missing; got ${Object.keys(inputs).join(", ") || "none"}`,
      );
    if (tensor.dtype !== dtype)
      throw new ShapeError(`run: input "${name}" is ${tensor.dtype}; expected ${dtype}`);
    bindShape(name, shape, tensor.shape, bindings);
  }
  return bindings;
}

function hasDerivedAxis({ shape }: Input): boolean {
  return shape.some((dim) => typeof dim !== "number" && bareSymbol(dim) === undefined);
}
