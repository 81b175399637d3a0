// Finds outputs that can be written into the memory of a donated input.
import { sameShape, topologicalOrder, type Graph, type Input, type OpName, type Value } from "@wav2vec/core";

/**
 * Output name -> input name. An output may take an input's memory if it has its shape and dtype, is made element
 * by element, and everything that reads the input comes before it; each input serves one output.
 */
export function reusableMemory(graph: Graph): Map<string, string> {
  const readers = new Map<Input, Set<Value>>();
  for (const value of topologicalOrder(Object.values(graph.outputs))) {
    for (const x of needs(value)) {
      if (x.kind === "input") readers.set(x, (readers.get(x) ?? new Set()).add(value));
    }
  }
  const outputs = new Set(Object.values(graph.outputs));
  const taken = new Set<Input>();
  const reuse = new Map<string, string>();
  for (const [name, value] of Object.entries(graph.outputs)) {
    if (value.kind !== "op" || !ELEMENTWISE.has(value.op)) continue;
    for (const x of value.inputs as readonly Value[]) {
      if (x.kind !== "input" || taken.has(x) || x.dtype !== value.dtype || !sameShape(x.shape, value.shape))
        continue;
      if (outputs.has(x) || !comesBefore(readers.get(x)!, value)) continue;
      taken.add(x);
      reuse.set(name, x.name);
      break;
    }
  }
  return reuse;
}

/** Ops whose element i needs only elements i of inputs of the same shape. */
const ELEMENTWISE: ReadonlySet<OpName> = new Set(["add", "sub", "mul", "div", "maximum", "minimum", "where"]);

/** Whether all `values` are `last` or needed by it. */
function comesBefore(values: ReadonlySet<Value>, last: Value): boolean {
  let missing = values.size - (values.has(last) ? 1 : 0);
  const seen = new Set<Value>([last]);
  const stack = [...needs(last)];
  while (missing > 0 && stack.length > 0) {
    const value = stack.pop()!; // length > 0
    if (seen.has(value)) continue;
    seen.add(value);
    if (values.has(value)) missing--;
    stack.push(...needs(value));
  }
  return missing === 0;
}

function needs(value: Value): readonly Value[] {
  if (value.kind === "op") return value.inputs;
  return value.kind === "composite" ? [value.body] : [];
}
