// How much memory a program needs at most: values live from where they are computed to where they are last read.
import { evaluateShape, topologicalOrder, type Bindings, type Graph, type Value } from "@wav2vec/core";

/**
 * The most bytes that values of one run take at the same time, outputs included; inputs and parameters are the
 * caller's. Composites count as one op, reshapes as none. A runtime that runs ops in another order, or keeps memory
 * that it has freed, needs more.
 */
export function peakBytes(program: Graph, bindings: Bindings): number {
  const outputs = Object.values(program.outputs);
  const order = topologicalOrder(outputs, () => true);
  const lastRead = new Map<Value, number>();
  order.forEach((value, at) => {
    for (const x of inputsOf(value)) lastRead.set(storageOf(x), at);
  });
  for (const value of outputs) lastRead.set(storageOf(value), Infinity);

  const freedAt = new Map<number, number>();
  let live = 0;
  let peak = 0;
  order.forEach((value, at) => {
    if (isComputed(value) && storageOf(value) === value) {
      const bytes = bytesOf(value, bindings);
      live += bytes;
      const last = lastRead.get(value) ?? at;
      freedAt.set(last, (freedAt.get(last) ?? 0) + bytes);
    }
    peak = Math.max(peak, live);
    live -= freedAt.get(at) ?? 0;
  });
  return peak;
}

/** Bytes of one value. */
function bytesOf(value: Value, bindings: Bindings): number {
  const size = evaluateShape(value.shape, bindings).reduce((n, dim) => n * dim, 1);
  return size * (value.dtype === "bool" ? 1 : 4);
}

const isComputed = ({ kind }: Value) => kind === "op" || kind === "composite";
const inputsOf = (value: Value): readonly Value[] =>
  value.kind === "op" || value.kind === "composite" ? value.inputs : [];

/** The value whose memory this one shares. */
function storageOf(value: Value): Value {
  let own = value;
  while (own.kind === "op" && own.op === "reshape") own = own.inputs[0]!; // a reshape has one input
  return own;
}
