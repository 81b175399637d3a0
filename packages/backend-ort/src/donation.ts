// Finds outputs that can be written into the memory of a donated input.
import { sameShape, topologicalOrder, type Graph, type OpName, type Value } from "@wav2vec/core";

/**
 * For each output, the inputs whose memory it may take: those of its shape and dtype of which everything that reads
 * them comes before the output, or is the op that makes it, element by element.
 */
export function reusableMemory(graph: Graph): Map<string, readonly string[]> {
  const order = topologicalOrder(Object.values(graph.outputs));
  const readers = effectiveReaders(order);
  const outputs = new Set(Object.values(graph.outputs));
  const reuse = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(graph.outputs)) {
    if (value.kind !== "op" || !ELEMENTWISE.has(value.op)) continue;
    const earlier = ancestors(value);
    const inPlace = new Set<Value>(
      (value.inputs as readonly Value[]).filter((x) => sameShape(x.shape, value.shape)),
    );
    const fits = graph.inputs.filter(
      (x) =>
        x.dtype === value.dtype &&
        sameShape(x.shape, value.shape) &&
        !outputs.has(x) &&
        [...readers.get(x)!].every((reader) => earlier.has(reader) || (reader === value && inPlace.has(x))),
    );
    if (fits.length > 0)
      reuse.set(
        name,
        fits.map((x) => x.name),
      );
  }
  return reuse;
}

/** Ops whose element i needs only elements i of inputs of the same shape. */
const ELEMENTWISE: ReadonlySet<OpName> = new Set(["add", "sub", "mul", "div", "maximum", "minimum", "where"]);
/** Ops that may be views: what reads them reads their input. */
const VIEWS: ReadonlySet<OpName> = new Set(["reshape", "expand"]);

/** For each input, the values that read it or a view of it. */
function effectiveReaders(order: readonly Value[]): Map<Value, Set<Value>> {
  const readers = new Map<Value, Set<Value>>(order.map((value) => [value, new Set()]));
  for (const value of order.toReversed()) {
    const seen = isView(value) ? [value, ...readers.get(value)!] : [value];
    for (const x of needs(value)) for (const reader of seen) readers.get(x)!.add(reader);
  }
  return readers;
}

function isView(value: Value): boolean {
  return value.kind === "composite" || (value.kind === "op" && VIEWS.has(value.op));
}

function ancestors(last: Value): ReadonlySet<Value> {
  const seen = new Set<Value>();
  const stack = [...needs(last)];
  while (stack.length > 0) {
    const value = stack.pop()!; // length > 0
    if (seen.has(value)) continue;
    seen.add(value);
    stack.push(...needs(value));
  }
  return seen;
}

function needs(value: Value): readonly Value[] {
  if (value.kind === "op") return value.inputs;
  return value.kind === "composite" ? [value.body] : [];
}
