// Reverse-mode differentiation: extends a graph by its backward pass. Graph to graph; no data, no backend.
import { formatShape, sameShape } from "./dim.js";
import { ShapeError } from "./errors.js";
import { compositeGradients, MADE_AGAIN } from "./gradient-composites.js";
import { rematerialise } from "./gradient-rematerialise.js";
import { gradientRules } from "./gradient-rules.js";
import { apply, topologicalOrder, type Value } from "./graph.js";
import { add } from "./words.js";

/** An output and the gradient that enters there. */
export interface SeededOutput {
  readonly value: Value;
  /** Of the output's shape: d loss / d value. For a scalar loss, a constant 1. */
  readonly seed: Value;
}

export interface GradientOptions {
  /**
   * Values that split the forward pass into segments. What lies before the last of them is not saved for the
   * backward pass but computed again from the nearest of them: less memory for one more forward pass.
   * Typically the inputs of the Transformer's layers, `features.hidden`.
   */
  readonly checkpoints?: readonly Value[];
}

/**
 * The gradient of the sum of seed · output for each value of `wrt`, in their order; null where no output depends
 * on the value through differentiable ops. Only what leads to `wrt` is built, so frozen parts cost no backward
 * pass. Composites count as one value each: those inside a composite's body are not found.
 *
 * @throws ShapeError if a seed is not float32 of its output's shape
 */
export function gradient(
  outputs: readonly SeededOutput[],
  wrt: readonly Value[],
  { checkpoints = [] }: GradientOptions = {},
): (Value | null)[] {
  const order = topologicalOrder(
    outputs.map(({ value }) => value),
    () => true,
  );
  const active = dependents(order, wrt);
  const recompute = rematerialise(order, active, checkpoints);

  const gradients = new Map<Value, Value>();
  const collect = (value: Value, dy: Value) => {
    const sofar = gradients.get(value);
    gradients.set(value, sofar ? add(sofar, dy) : dy);
  };
  for (const { value, seed } of outputs) {
    checkSeed(value, seed);
    if (active.has(value)) collect(value, seed);
  }
  for (const value of order.reverse()) {
    const dy = gradients.get(value);
    if (!dy || value.kind === "input" || value.kind === "param") continue;
    if (!value.inputs.some((x) => active.has(x))) continue;
    inputGradients(dy, reread(recompute(value, dy), active)).forEach((dx, i) => {
      const x = value.inputs[i]!; // one per input
      if (dx && active.has(x)) collect(x, dx);
    });
  }
  return wrt.map((value) => gradients.get(value) ?? null);
}

/** The float32 values that depend on one of `wrt`, those themselves included. */
function dependents(order: readonly Value[], wrt: readonly Value[]): ReadonlySet<Value> {
  const active = new Set(wrt.filter(({ dtype }) => dtype === "float32"));
  for (const value of order) {
    if (value.kind === "input" || value.kind === "param" || value.dtype !== "float32") continue;
    if (value.inputs.some((x) => active.has(x))) active.add(value);
  }
  return active;
}

function inputGradients(dy: Value, value: Value): readonly (Value | null)[] {
  if (value.kind === "composite") {
    const { op, inputs, attrs } = value;
    const rule = compositeGradients[op] as (dy: Value, call: unknown) => readonly (Value | null)[]; // TS cannot pair op with rule
    return rule(dy, { inputs, attrs, y: value });
  }
  if (value.kind !== "op") return [];
  const rule = gradientRules[value.op] as ((dy: Value, y: unknown) => readonly (Value | null)[]) | null; // TS cannot pair op with rule
  return rule ? rule(dy, value) : [];
}

/** `value` as the backward pass reads it: inputs that are made again by their bodies, so that their results are not kept. */
function reread(value: Value, active: ReadonlySet<Value>): Value {
  if (value.kind !== "op" && value.kind !== "composite") return value;
  const inputs = value.inputs.map((x) => asRead(x, active));
  return inputs.every((x, i) => x === value.inputs[i]) ? value : ({ ...value, inputs } as Value); // of the same shapes
}

function asRead(x: Value, active: ReadonlySet<Value>): Value {
  if (x.kind === "composite" && MADE_AGAIN.has(x.op) && active.has(x.inputs[0]!)) return x.body;
  if (x.kind !== "op" || (x.op !== "reshape" && x.op !== "slice")) return x;
  const [from] = x.inputs;
  const again = asRead(from, active); // as deep as parts are taken of parts
  return again === from ? x : apply(x.op, [again], x.attrs as never); // TS cannot pair op with attrs
}

function checkSeed(value: Value, seed: Value): void {
  if (seed.dtype === "float32" && value.dtype === "float32" && sameShape(seed.shape, value.shape)) return;
  throw new ShapeError(
    `gradient: the seed is ${seed.dtype}${formatShape(seed.shape)}, the output ` +
      `${value.dtype}${formatShape(value.shape)}; expected float32 of one shape`,
  );
}
