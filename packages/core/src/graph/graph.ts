// What a program is: values computed from values. Holds no data and knows nothing of any model.
import { decompositions } from "./decompositions.js";
import { formatShape, sameShape, type Shape } from "./dim.js";
import type { DType } from "./dtype.js";
import { ShapeError } from "./errors.js";
import type { Attrs, CompositeAttrs, CompositeName, OpName, PerCompositeInput, PerInput } from "./ops.js";
import { shapeRules } from "./shapes.js";

/** A primitive applied to earlier values. Immutable. */
export interface OpNode<N extends OpName = OpName> {
  readonly kind: "op";
  readonly op: N;
  readonly inputs: PerInput<N, Value>;
  readonly attrs: Attrs<N>;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A named combination of primitives. A backend may run it whole, or run `body`, which means the same. */
export interface CompositeNode<N extends CompositeName = CompositeName> {
  readonly kind: "composite";
  readonly op: N;
  readonly inputs: readonly Value[];
  readonly attrs: CompositeAttrs<N>;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly body: Value;
}

/** A hole filled at every run. */
export interface Input {
  readonly kind: "input";
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A weight, filled when the graph is compiled. `name` is its checkpoint key. */
export interface Param {
  readonly kind: "param";
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float32";
}

export type AnyOpNode = { [N in OpName]: OpNode<N> }[OpName];
export type AnyCompositeNode = { [N in CompositeName]: CompositeNode<N> }[CompositeName];
export type Value = AnyOpNode | AnyCompositeNode | Input | Param;

export interface Graph {
  readonly inputs: readonly Input[];
  readonly params: readonly Param[];
  readonly outputs: Readonly<Record<string, Value>>;
}

export function input(name: string, shape: Shape, dtype: DType = "float32"): Input {
  return { kind: "input", name, shape, dtype };
}

export function param(name: string, shape: readonly number[]): Param {
  return { kind: "param", name, shape, dtype: "float32" };
}

/**
 * Applies a primitive.
 *
 * @throws ShapeError if the inputs do not fit the op
 */
export function apply<N extends OpName>(op: N, inputs: PerInput<N, Value>, attrs: Attrs<N>): Value {
  const { shape, dtype } = shapeRules[op](inputs, attrs);
  return { kind: "op", op, inputs, attrs, shape, dtype } as AnyOpNode; // TS cannot see that OpNode<N> is one of AnyOpNode
}

/**
 * Applies a composite; its decomposition is built at once and checks the inputs.
 *
 * @throws ShapeError if the inputs do not fit
 */
export function applyComposite<N extends CompositeName>(
  op: N,
  inputs: PerCompositeInput<N, Value>,
  attrs: CompositeAttrs<N>,
): Value {
  const body = decompositions[op](inputs, attrs);
  return {
    kind: "composite",
    op,
    inputs,
    attrs,
    shape: body.shape,
    dtype: body.dtype,
    body,
  } as unknown as AnyCompositeNode;
}

/**
 * The graph that computes `outputs`; finds its inputs and parameters.
 *
 * @throws ShapeError if two inputs or two parameters share a name but not a shape
 */
export function graph(outputs: Readonly<Record<string, Value>>): Graph {
  const inputs = new Map<string, Input>();
  const params = new Map<string, Param>();
  for (const value of topologicalOrder(Object.values(outputs))) {
    if (value.kind === "input") addNamed(inputs, value);
    if (value.kind === "param") addNamed(params, value);
  }
  return { inputs: [...inputs.values()], params: [...params.values()], outputs };
}

/**
 * Every value reachable from `outputs`, each after all that it needs. Composites for which `keepsComposite`
 * holds need their inputs, the others their body. Iterative: graphs are deeper than the stack.
 */
export function topologicalOrder(
  outputs: readonly Value[],
  keepsComposite: (name: CompositeName) => boolean = () => false,
): Value[] {
  const order: Value[] = [];
  const state = new Map<Value, "open" | "done">();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const value = stack[stack.length - 1]!; // length > 0
    if (state.get(value) === "done") {
      stack.pop();
    } else if (state.get(value) === "open") {
      state.set(value, "done");
      order.push(value);
      stack.pop();
    } else {
      state.set(value, "open");
      const needs = dependencies(value, keepsComposite);
      for (let i = needs.length - 1; i >= 0; i--) if (!state.has(needs[i]!)) stack.push(needs[i]!);
    }
  }
  return order;
}

function dependencies(value: Value, keepsComposite: (name: CompositeName) => boolean): readonly Value[] {
  if (value.kind === "op") return value.inputs;
  if (value.kind === "composite") return keepsComposite(value.op) ? value.inputs : [value.body];
  return [];
}

function addNamed<V extends Input | Param>(seen: Map<string, V>, value: V): void {
  const other = seen.get(value.name);
  if (other && (!sameShape(other.shape, value.shape) || other.dtype !== value.dtype)) {
    throw new ShapeError(
      `graph: ${value.kind} "${value.name}" is used as ${other.dtype}${formatShape(other.shape)} and as ` +
        `${value.dtype}${formatShape(value.shape)}; give them different names`,
    );
  }
  if (!other) seen.set(value.name, value);
}
