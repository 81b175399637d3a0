// A graph as a list of plain data, for another thread: cloning the values themselves recurses deeper than the stack.
import { apply, applyComposite, graph, input, param, topologicalOrder, type Graph, type Input, type Param, type Value } from "./graph.js"; // prettier-ignore
import type { CompositeName, OpName } from "./ops.js";

/** Every value after those that it is computed from; `inputs` are their positions. */
export interface GraphData {
  readonly values: readonly (Input | Param | AppliedData)[];
  /** Names, and positions of the values. */
  readonly outputs: readonly (readonly [name: string, at: number])[];
}

interface AppliedData {
  readonly kind: "op" | "composite";
  readonly op: OpName | CompositeName;
  readonly inputs: readonly number[];
  readonly attrs: object;
}

/** The graph as data that `structuredClone` and `postMessage` take. */
export function graphToData({ outputs }: Graph): GraphData {
  const at = new Map<Value, number>();
  const values = topologicalOrder(Object.values(outputs), () => true).map((value, i) => {
    at.set(value, i);
    if (value.kind === "input" || value.kind === "param") return value;
    const { kind, op, attrs } = value;
    return { kind, op, inputs: value.inputs.map((x: Value) => at.get(x)!), attrs }; // inputs come first
  });
  return { values, outputs: Object.entries(outputs).map(([name, value]) => [name, at.get(value)!]) };
}

/**
 * The graph that `graphToData` was given, with values of its own.
 *
 * @throws ShapeError if the data is of no graph
 */
export function graphFromData({ values, outputs }: GraphData): Graph {
  const made: Value[] = [];
  for (const value of values) {
    if (value.kind === "input") made.push(input(value.name, value.shape, value.dtype));
    else if (value.kind === "param") made.push(param(value.name, value.shape));
    else {
      const inputs = value.inputs.map((at) => made[at]!); // inputs come first
      // Attributes and number of inputs were those of this op.
      if (value.kind === "op") made.push(apply(value.op as "concat", inputs, value.attrs as never));
      else made.push(applyComposite(value.op as "layerNorm", inputs as never, value.attrs as never));
    }
  }
  return graph(Object.fromEntries(outputs.map(([name, at]) => [name, made[at]!])));
}
