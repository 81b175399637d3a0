// The backend: compiles graphs into ONNX Runtime sessions and moves tensors.
import { checkWeights, dtypeOf, formatShape, ShapeError, type Backend, type TypedArray } from "@wav2vec/core";
import { deviceCopy } from "./device-copy.js";
import { lowerGraph } from "./lower/lower-graph.js";
import { ortProgram } from "./ort-program.js";
import type { OrtProvider, OrtRuntime } from "./ort-runtime.js";
import { end, live, ortTensor, type OrtTensor } from "./ort-tensor.js";
import { startThreads, watchDevice } from "./page-device.js";
import { endingInSequence, hasLargeResults, runsInPlace } from "./results-in-place.js";
import { createSession } from "./session.js";
import { storedWeights } from "./stored-weights.js";

export interface OrtBackendOptions {
  /** The runtime: the module `onnxruntime-node` or `onnxruntime-web`. */
  readonly ort: OrtRuntime;
  /** Default `cpu`; `wasm` is the CPU of a browser. */
  readonly provider?: OrtProvider;
  /** Threads for one operation; default: as many as the machine has cores. */
  readonly threads?: number;
  /**
   * Copies the weights into the order in which products read them (CPU): loading takes twice as long, running about
   * 3 % less. Default false.
   */
  readonly packWeights?: boolean;
  /** Writes ONNX Runtime's profile of each program to files that start with this path. */
  readonly profilePrefix?: string;
}

/**
 * A backend on ONNX Runtime. Compiling throws BackendError if the provider is not there, with what to do.
 */
export function ortBackend(options: OrtBackendOptions): Backend<OrtTensor> {
  const { ort, provider = "cpu" } = options;
  const settings = { ...options, provider };
  const device = watchDevice(ort, provider);
  const copy = deviceCopy((model) => createSession(model, {}, settings));
  return {
    name: provider === "cpu" ? "ort" : `ort:${provider}`,
    async compile(graph, weights, { name = "graph" } = {}) {
      startThreads(ort, provider, options.threads);
      checkWeights(graph.params, weights, name);
      const stored = await storedWeights(graph.params, weights, weightName, provider !== "wasm");
      const lowered = lowerGraph(name, graph, stored.initializers, TARGET[provider]);
      const placement = { ...stored, keepOutputs: true };
      const isInPlace = provider === "cpu" && hasLargeResults(graph);
      const model = isInPlace ? endingInSequence(lowered.model) : lowered.model;
      const session = await device.guard(() => createSession(model, placement, settings));
      if (provider === "webgpu") await device.guard(() => copy.holdDevice());
      const inPlace = isInPlace ? runsInPlace(ort, session, graph, lowered.outputs) : undefined;
      return ortProgram(ort, session, graph, lowered, device, inPlace);
    },
    upload: (data, shape) => tensorOf(ort, "upload", data.slice(), shape),
    async download(tensor) {
      const { onnx } = live("download", tensor);
      const host = onnx.location === "gpu-buffer" ? await device.guard(() => copy.read(onnx)) : onnx;
      return (host.data as TypedArray).slice(); // of the tensor's dtype
    },
    free: (tensor) => end(live("free", tensor), device.isLost),
    // Everything but WebGPU gives its results to the host; `data` is of the tensor's dtype.
    ...(provider !== "webgpu" && {
      hostMemory: (tensor: OrtTensor) => live("hostMemory", tensor).onnx.data as TypedArray,
      adopt: (data: TypedArray, shape: readonly number[]) => tensorOf(ort, "adopt", data, shape),
    }),
  };
}

/** @throws ShapeError if the array is not as long as the shape says */
function tensorOf(ort: OrtRuntime, what: string, data: TypedArray, shape: readonly number[]): OrtTensor {
  const count = shape.reduce((n, dim) => n * dim, 1);
  if (data.length !== count) {
    throw new ShapeError(
      `${what}: got ${data.length} elements for shape ${formatShape(shape)}; expected ${count}`,
    );
  }
  return ortTensor(new ort.Tensor(dtypeOf(data), data, shape));
}

/** Keeps weights apart from the names that lowering makes. */
const weightName = (param: string) => `weights:${param}`;
const TARGET = { cpu: "cpu", wasm: "cpu", cuda: "cuda", webgpu: "webgpu" } as const;
