// Collects the nodes of an ONNX graph while values are lowered; every result is the name of a tensor.
import { formatShape, type DType, type Shape, type Value } from "@wav2vec/core";
import type { Attributes, OnnxInitializer, OnnxNode, OnnxType } from "../onnx/messages.js";

export interface NodeOptions {
  readonly domain?: "com.microsoft";
  /** How many results the node has; only the first is used. */
  readonly outputs?: number;
}

/** A length vector that the program computes on the host before each run and feeds as int64. */
export interface LengthsInput {
  readonly name: string;
  readonly shape: Shape;
}

export interface Emitter {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxInitializer[];
  readonly lengthInputs: LengthsInput[];
  /** Adds a node and returns the name of its first result. */
  node(opType: string, inputs: readonly string[], attributes?: Attributes, options?: NodeOptions): string;
  /** A constant tensor of equal elements. */
  fill(value: number, dims: readonly number[], type: OnnxType): string;
  /** A constant int64 vector. */
  integers(values: readonly number[]): string;
  /** An int64 vector of lengths: a constant if all are known, else an input of the model. */
  lengths(shape: Shape): string;
  /** `x` with its axes in another order; undoing an earlier transpose adds no node. */
  transpose(x: string, order: readonly number[]): string;
  /** The tensor from which `x` was made by swapping its last two of three axes, if any. */
  timeMajor(x: string): string | undefined;
  /** The name under which an earlier value was lowered. */
  nameOf(value: Value): string;
}

const ELEMENT = { float32: Float32Array, int32: Int32Array, bool: Uint8Array, float64: Float64Array };

export function createEmitter(nameOf: (value: Value) => string): Emitter {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const lengthInputs: LengthsInput[] = [];
  const known = new Map<string, string>(); // constants and lengths by content
  const transposed = new Map<string, string>(); // by name and order
  const swapped = new Map<string, string>();

  function once(key: string, make: (name: string) => void, prefix: string): string {
    const name = known.get(key) ?? `${prefix}${known.size}`;
    if (!known.has(key)) {
      known.set(key, name);
      make(name);
    }
    return name;
  }

  const emitter: Emitter = {
    nodes,
    initializers,
    lengthInputs,
    node(opType, inputs, attributes = {}, { domain, outputs = 1 } = {}) {
      const name = `t${nodes.length}`;
      const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}.${i}`));
      nodes.push({ opType, domain: domain ?? "", inputs, outputs: names, attributes });
      return name;
    },
    fill(value, dims, type) {
      const add = (name: string) => initializers.push(filled(name, value, dims, type));
      return once(`${type}${formatShape(dims)}=${Object.is(value, -0) ? "-0" : value}`, add, "c");
    },
    integers(values) {
      const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      const add = (name: string) => initializers.push({ name, type: "int64", dims: [values.length], data });
      return once(`int64 ${values.join(",")}`, add, "c");
    },
    lengths(shape) {
      if (shape.every((dim) => typeof dim === "number")) return emitter.integers(shape);
      return once(formatShape(shape), (name) => lengthInputs.push({ name, shape }), "lengths");
    },
    transpose(x, order) {
      const key = `${x} ${order.join(",")}`;
      const before = transposed.get(key);
      if (before !== undefined) return before;
      const y = emitter.node("Transpose", [x], { perm: order });
      const inverse = order.map((_, axis) => order.indexOf(axis));
      transposed.set(key, y);
      transposed.set(`${y} ${inverse.join(",")}`, x);
      if (order.join() === "0,2,1") swapped.set(y, x);
      return y;
    },
    timeMajor: (x) => swapped.get(x),
    nameOf,
  };
  return emitter;
}

function filled(name: string, value: number, dims: readonly number[], type: OnnxType): OnnxInitializer {
  const count = dims.reduce((n, dim) => n * dim, 1);
  const data =
    type === "int64" ? new BigInt64Array(count).fill(BigInt(value)) : new ELEMENT[type](count).fill(value);
  return { name, type, dims, data: new Uint8Array(data.buffer) };
}

/** ONNX element type of a graph dtype. */
export const onnxType = (dtype: DType): OnnxType => dtype;
