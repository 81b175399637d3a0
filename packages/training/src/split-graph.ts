// One graph as two programs, so that the host can do something in between: CTC between forward and backward.
import {
  bareSymbol,
  graph,
  input,
  replaceValues,
  topologicalOrder,
  type CompositeName,
  type Graph,
  type Input,
  type OpName,
  type Shape,
  type Value,
} from "@wav2vec/core";

/** Two graphs that together compute what the whole one does. */
export interface SplitGraph {
  /** Gives the outputs asked for and `saved`. */
  readonly first: Graph;
  /** Takes the original inputs that it needs, and `saved`; gives the remaining outputs. */
  readonly second: Graph;
  /** Names of the values that the first hands to the second. */
  readonly saved: readonly string[];
}

/**
 * Splits a graph after the outputs named in `firstOutputs`. Values that both halves need are computed in the first
 * and saved, except for what one pass makes again from other saved values: layout (reshape, transpose …),
 * arithmetic and activations. That halves what a Transformer's feed-forward saves.
 *
 * @param saves false computes everything again in the second; `saved` is then empty
 * @throws RangeError if an output does not exist
 */
export function splitGraph(whole: Graph, firstOutputs: readonly string[], saves = true): SplitGraph {
  const unknown = firstOutputs.filter((name) => !(name in whole.outputs));
  if (unknown.length > 0) {
    throw new RangeError(
      `splitGraph: no output "${unknown.join('", "')}"; there are ${Object.keys(whole.outputs).join(", ")}`,
    );
  }
  const entries = Object.entries(whole.outputs);
  const early = Object.fromEntries(entries.filter(([name]) => firstOutputs.includes(name)));
  const late = Object.fromEntries(entries.filter(([name]) => !firstOutputs.includes(name)));

  const order = topologicalOrder(Object.values(early), () => true);
  const saved = saves ? withoutCheap(order, sharedValues(Object.values(late), new Set(order))) : [];
  const named = saved.map((value, i) => [`saved.${i}`, value] as const);
  const inputs = new Map<Value, Value>(
    named.map(([name, value]) => [value, input(name, value.shape, value.dtype)]),
  );
  const second = graph(replaceValues(late, inputs));
  return {
    first: graph({ ...early, ...Object.fromEntries(named) }),
    second: { ...second, inputs: withLengths(second, whole.inputs) },
    saved: named.map(([name]) => name),
  };
}

const LAYOUT: ReadonlySet<OpName> = new Set<OpName>([
  "constant",
  "iota",
  "reshape",
  "transpose",
  "expand",
  "slice",
  "concat",
  "cast",
]);

/** The values of `early` that `outputs` read, from the outputs down, without descending below them. */
function sharedValues(outputs: readonly Value[], early: ReadonlySet<Value>): ReadonlySet<Value> {
  const shared = new Set<Value>();
  const seen = new Set<Value>(outputs);
  const stack = [...outputs];
  while (stack.length > 0) {
    const value = stack.pop()!; // length > 0
    if (value.kind === "input" || value.kind === "param") continue;
    if (early.has(value) && !(value.kind === "op" && LAYOUT.has(value.op))) {
      shared.add(value);
      continue;
    }
    for (const x of value.inputs as readonly Value[]) {
      if (seen.has(x)) continue;
      seen.add(x);
      stack.push(x);
    }
  }
  return shared;
}

/** Ops that take one pass over their inputs. */
const CHEAP: ReadonlySet<OpName | CompositeName> = new Set<OpName | CompositeName>([
  ...(["neg", "abs", "add", "sub", "mul", "maximum", "minimum", "where"] as const),
  ...(["less", "equal", "and", "not", "gelu", "relu", "sigmoid"] as const),
  ...(["layerNorm", "standardize", "inverseDeviation"] as const),
]);

/** Those of `shared` that cannot be made from the others, and from inputs, by cheap ops alone. */
function withoutCheap(order: readonly Value[], shared: ReadonlySet<Value>): Value[] {
  const available = new Set<Value>();
  const saved: Value[] = [];
  for (const value of order) {
    const isLeaf = value.kind === "input" || value.kind === "param";
    const isMade =
      isLeaf ||
      ((CHEAP.has(value.op) || LAYOUT.has(value.op as OpName)) &&
        (value.inputs as readonly Value[]).every((x) => available.has(x))); // a composite is in no set of ops
    if (isMade || shared.has(value)) available.add(value);
    if (shared.has(value) && !isMade) saved.push(value);
  }
  return saved;
}

/** The inputs of `second`, and those of the whole that define lengths which no input of `second` does. */
function withLengths(second: Graph, all: readonly Input[]): Input[] {
  const inputs = [...second.inputs];
  const defined = new Set(inputs.flatMap(({ shape }) => bareSymbols(shape)));
  for (const candidate of all) {
    if (inputs.some(({ name }) => name === candidate.name)) continue;
    const missing = bareSymbols(candidate.shape).filter((symbol) => !defined.has(symbol));
    if (missing.length === 0) continue;
    inputs.push(candidate);
    for (const symbol of missing) defined.add(symbol);
  }
  return inputs;
}

/** Names of the axes that are nothing but a symbol: feeding such an input defines the symbol. */
function bareSymbols(shape: Shape): string[] {
  return shape.flatMap((dim) => (typeof dim === "number" ? [] : (bareSymbol(dim) ?? [])));
}
