// A backend of one's own, whole: plain arrays of JavaScript in the memory of the host.
import {
  bindInputs,
  checkWeights,
  dtypeOf,
  evaluateDim,
  evaluateShape,
  topologicalOrder,
  type AnyOpNode,
  type Backend,
  type Dim,
  type Tensor,
  type TypedArray,
  type Value,
} from "@wav2vec/core";
import { kernels, type Call } from "./kernels.js";

/** A tensor of this backend: host memory. On a device this would be a handle. */
export interface PlainTensor extends Tensor {
  readonly data: TypedArray;
}

/** A new backend; tensors of one may be used in another, since all are host memory. */
export function plainBackend(): Backend<PlainTensor> {
  /** Tensors that were freed or donated. */
  const gone = new WeakSet<PlainTensor>();
  const live = (what: string, tensor: PlainTensor): PlainTensor => {
    if (gone.has(tensor)) throw new Error(`${what}: the tensor was freed or donated before`);
    return tensor;
  };

  return {
    name: "plain",
    async compile(graph, weights, { name } = {}) {
      checkWeights(graph.params, weights, name); // lists every one that is missing or misshapen
      const params = new Map<string, PlainTensor>();
      for (const { name, shape } of graph.params)
        params.set(name, { data: await weights.get(name)!.read(), shape, dtype: "float32" }); // checked above
      // A composite is in this order after its body. A backend that runs some whole says so by a second argument.
      const order = topologicalOrder(Object.values(graph.outputs));

      return {
        async run(inputs, { donate = [] } = {}) {
          for (const [key, tensor] of Object.entries(inputs)) live(`run: input "${key}"`, tensor);
          for (const key of donate) if (!inputs[key]) throw new Error(`run: donated "${key}" is no input`);
          const bindings = bindInputs(graph, inputs); // how long every symbol is in this run
          const values = new Map<Value, PlainTensor>();
          const evaluate = (dim: Dim) => evaluateDim(dim, bindings);
          for (const value of order) values.set(value, compute(value));
          for (const key of donate) gone.add(inputs[key]!); // checked above
          return Object.fromEntries(
            Object.entries(graph.outputs).map(([key, value]) => {
              const { data, shape, dtype } = values.get(value)!; // in order
              return [key, { data: data.slice(), shape, dtype }]; // outputs are the caller's own
            }),
          );

          function compute(value: Value): PlainTensor {
            if (value.kind === "input") return inputs[value.name]!; // bindInputs has seen it
            if (value.kind === "param") return params.get(value.name)!; // read above
            if (value.kind === "composite") return values.get(value.body)!; // in order
            return computeOp(value, evaluate);
          }
          function computeOp(node: AnyOpNode, evaluate: (dim: Dim) => number): PlainTensor {
            const operands = node.inputs.map((x) => values.get(x)!); // in order
            const shape = evaluateShape(node.shape, bindings);
            const kernel = kernels[node.op] as (operands: readonly PlainTensor[], call: Call) => TypedArray; // TypeScript cannot pair op and kernel
            const data = kernel(operands, { shape, dtype: node.dtype, attrs: node.attrs, evaluate });
            return { data, shape, dtype: node.dtype };
          }
        },
        dispose: () => params.clear(),
      };
    },
    upload(data, shape) {
      const count = shape.reduce((n, dim) => n * dim, 1);
      if (data.length !== count) throw new Error(`upload: got ${data.length} elements; expected ${count}`);
      return { data: data.slice(), shape, dtype: dtypeOf(data) };
    },
    async download(tensor) {
      return live("download", tensor).data.slice();
    },
    free: (tensor) => void gone.add(live("free", tensor)),
  };
}
