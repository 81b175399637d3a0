// Computing activations again in the backward pass instead of saving them from the forward pass.
import { sizeOf } from "./dim.js";
import { apply, applyComposite, type Value } from "./graph.js";
import { equal, reshape, slice, where } from "./words.js";

/**
 * A function that gives a gradient rule its own copy of a forward value and of the value's inputs. Copies are
 * built from `checkpoints`, from values that need no gradient, and from leaves; these stay as they are. Values
 * on which no checkpoint depends are not copied: their backward comes first, so saving them costs nothing.
 *
 * A copy equal to its original would be merged with it again (common subexpressions), or run early. Each
 * checkpoint is therefore read through a barrier that depends on the gradient that first asks for it.
 *
 * @param order all values of the forward pass, each after what it needs
 * @param active values that need a gradient
 */
export function rematerialise(
  order: readonly Value[],
  active: ReadonlySet<Value>,
  checkpoints: readonly Value[],
): (value: Value, dy: Value) => Value {
  if (checkpoints.length === 0) return (value) => value;
  const kept = new Set(checkpoints);
  const before = activeAncestors(order, active, kept);
  const copies = new Map<Value, Value>();
  const isCopied = (value: Value) => active.has(value) && (kept.has(value) || before.has(value));

  /** What stands for `value` where another copy reads it; all that it needs is in `copies`. */
  const asInput = (value: Value, dy: Value) => (kept.has(value) ? barrier(value, dy) : again(value, copies));

  return (value, dy) => {
    if (!isCopied(value)) return value;
    const stack = [...inputsOf(value)];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!; // length > 0
      const waits =
        copies.has(top) || kept.has(top) || !isCopied(top)
          ? []
          : inputsOf(top).filter((x) => isCopied(x) && !copies.has(x));
      if (waits.length > 0) {
        stack.push(...waits);
      } else {
        stack.pop();
        if (isCopied(top) && !copies.has(top)) copies.set(top, asInput(top, dy));
      }
    }
    return kept.has(value) ? again(value, copies) : (copies.get(value) ?? again(value, copies));
  };
}

/** The active values that one of `checkpoints` depends on. */
function activeAncestors(
  order: readonly Value[],
  active: ReadonlySet<Value>,
  checkpoints: ReadonlySet<Value>,
): ReadonlySet<Value> {
  const found = new Set<Value>();
  for (const value of order.toReversed()) {
    if (!checkpoints.has(value) && !found.has(value)) continue;
    for (const x of inputsOf(value)) if (active.has(x)) found.add(x);
  }
  return found;
}

/** The same op on the copies of its inputs, or itself if none is copied. */
function again(value: Value, copies: ReadonlyMap<Value, Value>): Value {
  const inputs = inputsOf(value).map((x) => copies.get(x) ?? x);
  if (inputs.every((x, i) => x === inputsOf(value)[i])) return value;
  if (value.kind === "op") return apply(value.op, inputs as never, value.attrs); // the inputs of the same op
  return value.kind === "composite"
    ? applyComposite(value.op, inputs as never, value.attrs) // as above
    : value;
}

/** `x`, but not before `dy` is known: where(one element of dy is a number, x, 0). */
function barrier(x: Value, dy: Value): Value {
  const first = reshape(slice(reshape(dy, [sizeOf(dy.shape)]), 0, 0, 1), []);
  return where(equal(first, first), x, 0);
}

function inputsOf(value: Value): readonly Value[] {
  return value.kind === "op" || value.kind === "composite" ? value.inputs : [];
}
