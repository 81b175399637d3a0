// Fewer values for the same result: common subexpressions, constants, ops that do nothing. Dead code needs no pass: a
// graph is what its outputs reach.
import { formatDim } from "./dim.js";
import { apply, applyComposite, graph, topologicalOrder, type Graph, type Value } from "./graph.js";
import { rewrite } from "./simplify-rules.js";

/**
 * The same graph with equal values merged and trivial ones removed. Composites count as one value each and keep
 * their names; those that only change gradients disappear. Results are the same to the last bit, but for the sign
 * of zero and for constants, which are folded in float64.
 */
export function simplify({ outputs }: Graph): Graph {
  const interned = new Map<string, Value>();
  const ids = new Map<Value, number>();

  /** The one value that stands for all equal to `value`. */
  const intern = (value: Value): Value => {
    if (ids.has(value)) return value;
    const own = withInputs(value, inputsOf(value).map(intern)); // rewrites add two or three values, no deep chain
    const shorter = rewrite(own);
    if (shorter) return intern(shorter);
    const key = keyOf(own, ids);
    const first = interned.get(key) ?? own;
    interned.set(key, first);
    if (!ids.has(first)) ids.set(first, ids.size);
    return first;
  };

  const simplified = new Map<Value, Value>();
  for (const value of topologicalOrder(Object.values(outputs), () => true)) {
    const inputs = inputsOf(value).map((x) => simplified.get(x)!); // in topological order
    simplified.set(value, intern(withInputs(value, inputs)));
  }
  return graph(
    Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, simplified.get(value)!])),
  );
}

/** The same op on other inputs; itself if they are the same. */
function withInputs(value: Value, inputs: readonly Value[]): Value {
  if (value.kind === "input" || value.kind === "param") return value;
  if (inputs.every((x, i) => x === value.inputs[i])) return value;
  return value.kind === "op"
    ? apply(value.op, inputs as never, value.attrs) // as many inputs as before
    : applyComposite(value.op, inputs as never, value.attrs); // as above
}

function inputsOf(value: Value): readonly Value[] {
  return value.kind === "op" || value.kind === "composite" ? value.inputs : [];
}

/** Equal for two values that compute the same from the same inputs. */
function keyOf(value: Value, ids: ReadonlyMap<Value, number>): string {
  if (value.kind === "input" || value.kind === "param") return `${value.kind} ${value.name}`;
  const attrs = Object.entries(value.attrs).map(([name, attr]) => `${name}=${formatAttr(attr)}`);
  return `${value.op}(${value.inputs.map((x: Value) => ids.get(x)).join(",")})${attrs.sort().join(";")}`;
}

function formatAttr(attr: unknown): string {
  if (Array.isArray(attr)) return `[${attr.map(formatAttr).join(",")}]`;
  if (Object.is(attr, -0)) return "-0";
  return typeof attr === "object" && attr !== null ? formatDim(attr as never) : String(attr); // only DimExpr is an object
}
