// One value of a graph: finds its rule and runs it.
import {
  evaluateDim,
  evaluateShape,
  type Bindings,
  type CompositeName,
  type Input,
  type Param,
  type Value,
} from "@wav2vec/core";
import { compositeLowerings } from "./composite-lowerings.js";
import { emptyResult } from "./empty.js";
import { sameHandle } from "./layout.js";
import { lowerings } from "./lowerings.js";
import { naturalOrder, type Arranged, type Call, type Operand } from "./operand.js";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

type Rule = (inputs: readonly Operand[], call: Call<unknown>) => TfTensor | Arranged;

/** Whether a composite is run whole. */
export function isWhole(name: CompositeName): boolean {
  return compositeLowerings[name] !== null;
}

/** The values that must be there before `value` is evaluated. */
export function needs(value: Value): readonly Value[] {
  if (value.kind === "op") return value.inputs;
  if (value.kind === "composite") return isWhole(value.op) ? value.inputs : [value.body];
  return [];
}

/**
 * Computes `value`.
 *
 * @param operandOf the operand of an earlier value
 * @returns an operand with a handle of its own, kept beyond any `tf.tidy`
 */
export function evaluate(
  tf: TensorFlow,
  value: Exclude<Value, Input | Param>,
  operandOf: (value: Value) => Operand,
  bindings: Bindings,
): Operand {
  if (value.kind === "composite" && !isWhole(value.op)) {
    const body = operandOf(value.body);
    return { ...body, handle: tf.keep(sameHandle(tf, body.handle)) };
  }
  const rule = (value.kind === "op" ? lowerings[value.op] : compositeLowerings[value.op]) as Rule; // TS cannot pair op with rule
  const shape = evaluateShape(value.shape, bindings);
  const operands = (value.inputs as readonly Value[]).map(operandOf);
  const call: Call<unknown> = {
    tf,
    shape,
    dtype: value.dtype,
    attrs: value.attrs,
    evaluate: (dim) => evaluateDim(dim, bindings),
  };
  let order: readonly number[] = naturalOrder(shape.length);
  const handle = tf.tidy(() => {
    const result = emptyResult(value.op, operands, call) ?? rule(operands, call);
    if (!("order" in result)) return result;
    order = result.order;
    return result.handle;
  });
  return { handle: tf.keep(handle), order, shape, dtype: value.dtype };
}
