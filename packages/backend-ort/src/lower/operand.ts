// A value that is already lowered, as the lowering rules see it, and ways to read it.
import {
  sameDim,
  type Attrs,
  type Dim,
  type DType,
  type OpName,
  type Shape,
  type Value,
} from "@wav2vec/core";
import type { Emitter } from "./emitter.js";

export interface Operand {
  /** The ONNX tensor. */
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The node it came from, for rules that look at how an input was made. */
  readonly value: Value;
}

/** What a rule must produce. */
export interface Call<A> {
  readonly attrs: A;
  readonly shape: Shape;
  readonly dtype: DType;
}
export type OpCall<N extends OpName> = Call<Attrs<N>>;

/**
 * Names of operands for an op that broadcasts by itself: an operand that was only expanded is replaced by what it
 * was expanded from, unless that would lose the length of an axis of the result.
 *
 * @param kept how many of the last axes must stay as they are
 */
export function unexpanded(emit: Emitter, operands: readonly Operand[], kept = 0): string[] {
  const sources = operands.map(({ value, shape }) => {
    const source = beforeExpand(value);
    const fits = Array.from({ length: kept }, (_, i) => i + 1).every((i) => {
      const dim = source.shape.at(-i);
      return source.shape.length >= i && dim !== undefined && sameDim(dim, shape.at(-i) ?? 1);
    });
    return fits ? source : value;
  });
  const result = operands[0]?.shape ?? [];
  const covered = result.slice(0, result.length - kept).every((dim, axis) => {
    const fromEnd = result.length - axis;
    return sources.some(({ shape }) => sameDim(shape.at(-fromEnd) ?? 1, dim) && shape.length >= fromEnd);
  });
  return sources.map((source, i) => (covered || i > 0 ? emit.nameOf(source) : operands[0]!.name));
}

/** What `value` was expanded from. */
export function beforeExpand(value: Value): Value {
  let source = value;
  for (;;) {
    if (source.kind !== "op") return source;
    if (source.op === "expand") source = source.inputs[0];
    else if (source.op === "reshape" && addsLeadingAxes(source.inputs[0].shape, source.shape)) {
      source = source.inputs[0];
    } else return source;
  }
}

function addsLeadingAxes(from: Shape, to: Shape): boolean {
  const added = to.length - from.length;
  return added > 0 && to.every((dim, axis) => (axis < added ? dim === 1 : sameDim(dim, from[axis - added]!)));
}

/** `x` in another shape. A single unknown length is left to ONNX Runtime to find. */
export function reshaped(emit: Emitter, x: string, from: Shape, to: Shape): string {
  const unknown = to.filter((dim) => typeof dim !== "number").length;
  if (to.includes(0)) return emit.node("Reshape", [x, emit.lengths(to)], { allowzero: 1 });
  if (unknown <= 1) return emit.node("Reshape", [x, emit.integers(to.map(known(-1)))]);
  const copied = to.map((dim, axis) => (typeof dim !== "number" && sameDim(dim, from[axis] ?? 1) ? 0 : dim)); // 0 copies
  if (copied.filter((dim) => typeof dim !== "number").length <= 1) {
    return emit.node("Reshape", [x, emit.integers(copied.map(known(-1)))]);
  }
  return emit.node("Reshape", [x, emit.lengths(to)]);
}

const known =
  (otherwise: number) =>
  (dim: Dim): number =>
    typeof dim === "number" ? dim : otherwise;

/** Elements `start` to `end` of one axis, every `step`-th. */
export function sliced(emit: Emitter, x: string, axis: number, start: Dim, end: Dim, step = 1): string {
  return emit.node("Slice", [
    x,
    emit.lengths([start]),
    emit.lengths([end]),
    emit.integers([axis]),
    emit.integers([step]),
  ]);
}

/** `x` with `before` and `after` elements of `value` around its axes. */
export function padded(
  emit: Emitter,
  x: string,
  before: readonly Dim[],
  after: readonly Dim[],
  value = 0,
): string {
  if ([...before, ...after].every((dim) => dim === 0)) return x;
  // Pads of every axis rather than the `axes` input, with which ONNX Runtime's layout changes go wrong.
  return emit.node("Pad", [x, emit.lengths([...before, ...after]), emit.fill(value, [], "float32")]);
}
