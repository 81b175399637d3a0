// A graph as text, one line a value, for snapshots and bug reports.
import { formatDim, formatShape } from "./dim.js";
import { topologicalOrder, type Graph, type Value } from "./graph.js";
import type { CompositeName } from "./ops.js";

/**
 * One line a value: `%3 = matMul(%1, %2) float32[batch, 49, 32]`. Composites are shown whole.
 *
 * @param keepsComposite return false for composites to be shown as primitives
 */
export function print(graph: Graph, keepsComposite: (name: CompositeName) => boolean = () => true): string {
  const names = new Map<Value, string>();
  const lines: string[] = [];
  for (const value of topologicalOrder(Object.values(graph.outputs), keepsComposite)) {
    if (value.kind === "composite" && !keepsComposite(value.op)) {
      names.set(value, names.get(value.body)!); // the body comes first
      continue;
    }
    const name = `%${lines.length}`;
    names.set(value, name);
    lines.push(`${name} = ${describe(value, names)} ${value.dtype}${formatShape(value.shape)}`);
  }
  const outputs = Object.entries(graph.outputs).map(([name, value]) => `${name} = ${names.get(value)!}`);
  return [...lines, `return ${outputs.join(", ")}`].join("\n");
}

function describe(value: Value, names: ReadonlyMap<Value, string>): string {
  if (value.kind === "input" || value.kind === "param") return `${value.kind} "${value.name}"`;
  const attrs = Object.entries(value.attrs).map(([key, attr]) => `${key}: ${formatAttr(attr)}`);
  const inputs = value.inputs.map((x: Value) => names.get(x)!);
  return `${value.op}(${[...inputs, ...attrs].join(", ")})`;
}

function formatAttr(attr: unknown): string {
  if (Array.isArray(attr)) return `[${attr.map(formatAttr).join(", ")}]`;
  return typeof attr === "object" && attr !== null && "key" in attr ? formatDim(attr as never) : String(attr); // only DimExpr is an object
}
