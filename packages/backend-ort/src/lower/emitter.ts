// Collects the nodes of an ONNX graph while values are lowered; every result is the name of a tensor.
import { formatShape, type DType, type Shape, type Value } from "@wav2vec/core";
import type { Attributes, OnnxInitializer, OnnxNode, OnnxType } from "../onnx/messages.js";

export interface NodeOptions {
  readonly domain?: "com.microsoft";
  /** How many results the node has; those after the first are called NAME.1, NAME.2 … */
  readonly outputs?: number;
}

/** A length vector that the program computes on the host before each run and feeds as int64. */
export interface LengthsInput {
  readonly name: string;
  readonly shape: Shape;
}

/** What a tensor was transposed from. */
export interface TransposeSource {
  readonly x: string;
  readonly order: readonly number[];
}

export interface Emitter {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxInitializer[];
  readonly lengthInputs: LengthsInput[];
  /** Adds a node and returns the name of its first result. */
  node(opType: string, inputs: readonly string[], attributes?: Attributes, options?: NodeOptions): string;
  /** What `make` gave the first time it was asked for under `key`. */
  shared(key: string, make: () => string): string;
  /** A constant tensor of equal elements. */
  fill(value: number, dims: readonly number[], type: OnnxType): string;
  /** A constant int64 vector. */
  integers(values: readonly number[]): string;
  /** `x` with an axis of length 1 at `axis`; a weight is declared again with that shape, which copies nothing. */
  unsqueeze(x: string, axis: number): string;
  /** An int64 vector of lengths: a constant if all are known, else an input of the model. */
  lengths(shape: Shape): string;
  /** `x` with its axes in another order; undoing an earlier transpose adds no node. */
  transpose(x: string, order: readonly number[]): string;
  /** How `y` was made, if by `transpose`. */
  sourceOf(y: string): TransposeSource | undefined;
  /** `x` [batch, channels, time] as the image [batch, channels, 1, time], for which convolutions are fastest. */
  image(x: string): string;
  /** Whether `x` is held as an image anyway. */
  isImage(x: string): boolean;
  /** The image `y` as [batch, channels, time]. */
  fromImage(y: string): string;
  /** Remembers that `sum` is `product` plus a vector, so that a later op can add the vector itself. */
  addBias(product: string, bias: string): string;
  /** How `sum` was made by `addBias`. */
  biasOf(sum: string): { readonly product: string; readonly bias: string } | undefined;
  /** The name under which an earlier value was lowered. */
  nameOf(value: Value): string;
  readonly target: Target;
}

/** Kinds of device, each with fused kernels that others lack. */
export type Target = "cpu" | "cuda" | "webgpu";

const ELEMENT = { float32: Float32Array, int32: Int32Array, bool: Uint8Array, float64: Float64Array };

/** Around an emitter of the nodes of a body: constants and what is made from tensors outside go there. */
export interface Surroundings {
  readonly emit: Emitter;
  /** Begins the names of all tensors of the body. */
  readonly prefix: string;
}

export function createEmitter(
  target: Target,
  weights: Iterable<OnnxInitializer>,
  nameOf: (value: Value) => string,
  around?: Surroundings,
): Emitter {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const lengthInputs: LengthsInput[] = [];
  const known = new Map<string, string>(); // constants and lengths by content
  const transposes = new Map<string, string>(); // by name and order
  const sources = new Map<string, TransposeSource>();
  const images = new Map<string, string>();
  const stored = new Map([...weights].map((weight) => [weight.name, weight]));
  const biased = new Map<string, { product: string; bias: string }>();

  const isOutside = (x: string) => around !== undefined && !x.startsWith(around.prefix);

  function once(key: string, make: (name: string) => void, prefix: string): string {
    const name = known.get(key) ?? `${prefix}${known.size}`;
    if (!known.has(key)) {
      known.set(key, name);
      make(name);
    }
    return name;
  }

  const plain = (x: string, order: readonly number[]) => emitter.node("Transpose", [x], { perm: order });
  /** Of the image itself: ONNX Runtime then leaves its blocked layout and transposes in one step. */
  const timeMajor = (x: string) => {
    const last = plain(emitter.image(x), [0, 2, 3, 1]); // [batch, 1, time, channels]
    return emitter.node("Squeeze", [last, emitter.integers([1])]);
  };

  const emitter: Emitter = {
    nodes,
    initializers,
    lengthInputs,
    node(opType, inputs, attributes = {}, { domain, outputs = 1 } = {}) {
      const name = `${around?.prefix ?? ""}t${nodes.length}`;
      const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}.${i}`));
      nodes.push({ opType, domain: domain ?? "", inputs, outputs: names, attributes });
      return name;
    },
    shared(key, make) {
      const name = known.get(key) ?? make();
      known.set(key, name);
      return name;
    },
    fill(value, dims, type) {
      if (around) return around.emit.fill(value, dims, type);
      const add = (name: string) => initializers.push(filled(name, value, dims, type));
      return once(`${type}${formatShape(dims)}=${Object.is(value, -0) ? "-0" : value}`, add, "c");
    },
    integers(values) {
      if (around) return around.emit.integers(values);
      const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      const add = (name: string) => initializers.push({ name, type: "int64", dims: [values.length], data });
      return once(`int64 ${values.join(",")}`, add, "c");
    },
    unsqueeze(x, axis) {
      if (isOutside(x)) return around!.emit.unsqueeze(x, axis);
      const weight = stored.get(x);
      if (!weight) return emitter.node("Unsqueeze", [x, emitter.integers([axis])]);
      const dims = weight.dims.toSpliced(axis, 0, 1);
      const add = (name: string) => initializers.push({ ...weight, name, dims });
      return once(`${x}${formatShape(dims)}`, add, "w");
    },
    lengths(shape) {
      if (shape.every((dim) => typeof dim === "number")) return emitter.integers(shape);
      if (around) return around.emit.lengths(shape);
      return once(formatShape(shape), (name) => lengthInputs.push({ name, shape }), "lengths");
    },
    transpose(x, order) {
      if (isOutside(x)) return around!.emit.transpose(x, order);
      const before = sources.get(x);
      if (before && before.order.every((axis, i) => order[axis] === i)) return before.x;
      const key = `${x} ${order.join(",")}`;
      const y = transposes.get(key) ?? (images.has(x) && isSwap(order) ? timeMajor(x) : plain(x, order));
      transposes.set(key, y);
      sources.set(y, { x, order });
      return y;
    },
    sourceOf: (y) => sources.get(y),
    image(x) {
      const known = images.get(x);
      if (known !== undefined) return known;
      const source = sources.get(x);
      const image =
        source && isSwap(source.order)
          ? plain(emitter.unsqueeze(source.x, 1), [0, 3, 1, 2])
          : emitter.unsqueeze(x, 2);
      images.set(x, image);
      return image;
    },
    isImage: (x) => images.has(x),
    fromImage(y) {
      const x = emitter.node("Squeeze", [y, emitter.integers([2])]);
      images.set(x, y);
      return x;
    },
    addBias(product, bias) {
      // As a matrix of one row: Add and Gelu are faster than the BiasGelu that a vector would be fused into.
      const sum = emitter.node("Add", [product, emitter.unsqueeze(bias, 0)]);
      biased.set(sum, { product, bias });
      return sum;
    },
    biasOf: (sum) => biased.get(sum),
    nameOf,
    target,
  };
  return emitter;
}

/** Whether the last two of three axes change places. */
const isSwap = (order: readonly number[]) => order.join() === "0,2,1";

function filled(name: string, value: number, dims: readonly number[], type: OnnxType): OnnxInitializer {
  const count = dims.reduce((n, dim) => n * dim, 1);
  const data =
    type === "int64" ? new BigInt64Array(count).fill(BigInt(value)) : new ELEMENT[type](count).fill(value);
  return { name, type, dims, data: new Uint8Array(data.buffer) };
}

/** ONNX element type of a graph dtype. */
export const onnxType = (dtype: DType): OnnxType => dtype;
