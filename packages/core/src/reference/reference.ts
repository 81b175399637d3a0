// The reference backend: slow, obvious, float64 inside. Runs anywhere and defines what every op means.
import type { Backend, CompileOptions, Program, Tensor, Weights } from "../graph/backend.js";
import { bindInputs } from "../graph/bind-inputs.js";
import { evaluateDim, evaluateShape, formatShape, type Bindings, type Dim } from "../graph/dim.js";
import { allocate, dtypeOf, type DType, type TypedArray } from "../graph/dtype.js";
import { ShapeError } from "../graph/errors.js";
import { topologicalOrder, type AnyOpNode, type Graph, type Value } from "../graph/graph.js";
import { checkWeights } from "../graph/weights.js";
import { kernels, type Call, type Operand } from "./kernels.js";
import { count } from "./layout.js";

/** A tensor of the reference backend: float64 whatever the dtype, so that gradients can be checked by differences. */
export interface ReferenceTensor extends Tensor {
  readonly data: Float64Array;
}

/** A tensor from numbers, without rounding to float32. */
export function referenceTensor(
  data: ArrayLike<number>,
  shape: readonly number[],
  dtype: DType = "float32",
): ReferenceTensor {
  if (data.length !== count(shape)) {
    throw new ShapeError(
      `upload: got ${data.length} elements for shape ${formatShape(shape)}; expected ${count(shape)}`,
    );
  }
  return { data: Float64Array.from(data), shape, dtype };
}

export const reference: Backend<ReferenceTensor> = {
  name: "reference",
  compile,
  upload: (data, shape) => referenceTensor(data, shape, dtypeOf(data)),
  async download(tensor) {
    const { data, dtype } = live("download", tensor);
    const host: TypedArray = allocate(dtype, data.length);
    host.set(data);
    return host;
  },
  free: (tensor) => void gone.add(live("free", tensor)), // the garbage collector takes the data
};

/** Tensors that were freed or donated; using one again is an error. */
const gone = new WeakSet<ReferenceTensor>();

/** @throws ShapeError if the tensor was freed or donated */
function live(what: string, tensor: ReferenceTensor): ReferenceTensor {
  if (!gone.has(tensor)) return tensor;
  throw new ShapeError(
    `${what}: ${tensor.dtype} tensor ${formatShape(tensor.shape)} was freed or donated before; a tensor ends once`,
  );
}

async function compile(
  graph: Graph,
  weights: Weights,
  options: CompileOptions = {},
): Promise<Program<ReferenceTensor>> {
  checkWeights(graph.params, weights, options.name);
  const params = new Map<string, ReferenceTensor>();
  for (const { name, shape } of graph.params) {
    if (!params.has(name)) params.set(name, referenceTensor(await weights.get(name)!.read(), shape)); // checkWeights has seen it
  }
  const order = topologicalOrder(Object.values(graph.outputs));
  const lastUse = new Map<Value, Value>();
  for (const value of order) for (const x of needs(value)) lastUse.set(x, value);
  const kept = new Set(Object.values(graph.outputs));

  return {
    async run(inputs, { donate = [] } = {}) {
      for (const [name, tensor] of Object.entries(inputs)) live(`run: input "${name}"`, tensor);
      for (const name of donate)
        if (!inputs[name]) throw new ShapeError(`run: donated "${name}" is no input of this program`);
      const bindings = bindInputs(graph, inputs);
      const env = new Map<Value, ReferenceTensor>();
      for (const value of order) {
        env.set(value, evaluate(value, env, inputs, params, bindings));
        for (const x of needs(value)) if (lastUse.get(x) === value && !kept.has(x)) env.delete(x);
      }
      for (const name of donate) gone.add(inputs[name]!); // checked above
      return Object.fromEntries(
        Object.entries(graph.outputs).map(([name, value]) => [name, { ...env.get(value)! }]), // kept; a tensor of its own
      );
    },
    dispose: () => undefined,
  };
}

function needs(value: Value): readonly Value[] {
  if (value.kind === "op") return value.inputs;
  return value.kind === "composite" ? [value.body] : [];
}

function evaluate(
  value: Value,
  env: ReadonlyMap<Value, ReferenceTensor>,
  inputs: Readonly<Record<string, ReferenceTensor>>,
  params: ReadonlyMap<string, ReferenceTensor>,
  bindings: Bindings,
): ReferenceTensor {
  if (value.kind === "input") return inputs[value.name]!; // bindInputs has seen it
  if (value.kind === "param") return params.get(value.name)!; // read when compiled
  if (value.kind === "composite") return env.get(value.body)!; // in topological order
  const shape = evaluateShape(value.shape, bindings);
  const kernel = kernels[value.op] as (inputs: readonly Operand[], call: Call<never>) => Float64Array; // TS cannot pair op with kernel
  const operands = (value as AnyOpNode).inputs.map((x) => env.get(x)!);
  const call = {
    shape,
    dtype: value.dtype,
    attrs: value.attrs,
    evaluate: (dim: Dim) => evaluateDim(dim, bindings),
  };
  return { data: kernel(operands, call as unknown as Call<never>), shape, dtype: value.dtype };
}
