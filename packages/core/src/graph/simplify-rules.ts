// The local rewrites of `simplify`: each gives a shorter way to the same value, or nothing.
import { kernels, type Call, type Operand } from "../reference/kernels.js";
import { sameDim, sameShape } from "./dim.js";
import type { AnyOpNode, Value } from "./graph.js";
import type { OpName } from "./ops.js";
import { add, broadcastTo, constant, expand, reshape, sub, transpose } from "./words.js";

type Rewrite = (value: AnyOpNode) => Value | undefined;

/** A shorter way to the same value; undefined if there is none. The inputs are simplified already. */
export function rewrite(value: Value): Value | undefined {
  // Composites that only change gradients, and any other that gives back one of its inputs.
  if (value.kind === "composite") return value.inputs.includes(value.body) ? value.body : undefined;
  if (value.kind !== "op") return undefined;
  for (const rule of [identity, pairs, neutral, fold]) {
    const shorter = rule(value);
    if (shorter) return shorter;
  }
  return undefined;
}

/** Layout ops that leave everything where it is. */
const identity: Rewrite = (value) => {
  const [x] = value.inputs as readonly Value[];
  if (!x) return undefined;
  switch (value.op) {
    case "reshape":
    case "expand":
      return sameShape(x.shape, value.shape) ? x : undefined;
    case "slice": {
      const { axis, start, step } = value.attrs;
      return start === 0 && step === 1 && sameDim(value.shape[axis]!, x.shape[axis]!) ? x : undefined;
    }
    case "pad":
      return value.attrs.before === 0 && value.attrs.after === 0 ? x : undefined;
    case "transpose":
      return value.attrs.order.every((axis, i) => axis === i) ? x : undefined;
    case "concat":
      return value.inputs.length === 1 ? x : undefined;
    case "cast":
      return x.dtype === value.dtype ? x : undefined;
    case "sum":
    case "max":
      return sameShape(x.shape, value.shape) ? x : undefined; // only axes of length 1 were reduced
    default:
      return undefined;
  }
};

/** Two ops in a row that one op does, or none. */
const pairs: Rewrite = (value) => {
  const [a, b] = value.inputs as readonly Value[];
  const below = a?.kind === "op" ? a : undefined;
  switch (value.op) {
    case "neg":
      return below?.op === "neg" ? below.inputs[0] : undefined;
    case "reshape":
      return below?.op === "reshape" ? reshape(below.inputs[0], value.shape) : undefined;
    case "expand":
      return below?.op === "expand" ? expand(below.inputs[0], value.shape) : undefined;
    case "transpose":
      if (below?.op !== "transpose") return undefined;
      return transpose(
        below.inputs[0],
        value.attrs.order.map((axis) => below.attrs.order[axis]!),
      );
    case "add":
      return b?.kind === "op" && b.op === "neg" ? sub(a!, b.inputs[0]) : undefined;
    case "sub":
      return b?.kind === "op" && b.op === "neg" ? add(a!, b.inputs[0]) : undefined;
    case "where":
      return value.inputs[1] === value.inputs[2] ? value.inputs[1] : undefined;
    default:
      return undefined;
  }
};

/** Adding 0, multiplying by 1. */
const neutral: Rewrite = (value) => {
  const [a, b] = value.inputs as readonly Value[];
  switch (value.op) {
    case "add":
      return uniform(b!) === 0 ? a : uniform(a!) === 0 ? b : undefined;
    case "mul":
      return uniform(b!) === 1 ? a : uniform(a!) === 1 ? b : undefined;
    case "sub":
      return uniform(b!) === 0 ? a : undefined;
    case "div":
      return uniform(b!) === 1 ? a : undefined;
    default:
      return undefined;
  }
};

const FOLDED: ReadonlySet<OpName> = new Set<OpName>([
  ...(["neg", "abs", "exp", "log", "sqrt", "sin", "cos", "tanh", "erf", "floor", "cast"] as const),
  ...(["add", "sub", "mul", "div", "maximum", "minimum", "less", "equal", "and", "not", "where"] as const),
]);

/** Elementwise ops on single numbers, computed by the reference kernels. */
const fold: Rewrite = (value) => {
  if (!FOLDED.has(value.op)) return undefined;
  const operands: Operand[] = [];
  for (const x of value.inputs as readonly Value[]) {
    const number = uniform(x);
    if (number === undefined) return undefined;
    operands.push({ data: Float64Array.of(number), shape: [], dtype: x.dtype });
  }
  const kernel = kernels[value.op] as (inputs: readonly Operand[], call: Call<never>) => Float64Array; // TS cannot pair op with kernel
  const call = { shape: [], dtype: value.dtype, attrs: value.attrs, evaluate: Number };
  const [result] = kernel(operands, call as unknown as Call<never>);
  return broadcastTo(constant(result!, [], value.dtype), value.shape);
};

/** The number that every element of x is, where that is plain to see. */
function uniform(x: Value): number | undefined {
  let value = x;
  while (value.kind === "op" && LAYOUT.has(value.op)) value = value.inputs[0]!; // layout ops have one input
  if (value.kind !== "op" || value.op !== "constant") return undefined;
  return typeof value.attrs.value === "number" ? value.attrs.value : undefined;
}
const LAYOUT: ReadonlySet<OpName> = new Set<OpName>(["reshape", "expand", "transpose", "slice"]);
