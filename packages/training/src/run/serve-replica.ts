// The thread of a replica: compiles what the trainer's thread sends, and runs it on the parts of batches.
import { graphFromData, weightFromArray, type Backend, type Tensor, type TypedArray } from "@wav2vec/core"; // prettier-ignore
import { parentPort } from "node:worker_threads";
import { inputsOf, withUploaded } from "../trainer/gradient-step.js";
import type { ReplicaAnswer, ReplicaRequest } from "./replica-messages.js";

/**
 * Makes this worker thread a replica, until it is ended. A worker's file is this call and nothing else.
 *
 * @param backend tensors of which lie on the host
 * @throws RangeError on the main thread, or if tensors of the backend lie elsewhere
 */
export function serveReplica<T extends Tensor>(backend: Backend<T>): void {
  const port = parentPort;
  if (!port) throw new RangeError("serveReplica: this is the main thread; call it in a worker's file");
  if (!backend.hostMemory)
    throw new RangeError(`serveReplica: tensors of backend ${backend.name} do not lie on the host; expected a backend on the CPU`); // prettier-ignore
  const memoryOf = (tensor: T): TypedArray => backend.hostMemory!(tensor); // just seen
  const programs = new Map<number, CompiledProgram>();

  const answer = async (request: ReplicaRequest): Promise<void> => {
    if (request.kind === "dispose") {
      programs.get(request.program)?.dispose();
      programs.delete(request.program);
      return;
    }
    const { id, program } = request;
    try {
      if (request.kind === "compile") {
        programs.set(program, await compile(backend, memoryOf, request));
        port.postMessage({ id, outputs: {} } satisfies ReplicaAnswer);
        return;
      }
      const outputs = await programs.get(program)!.run(request.inputs); // compiled before
      port.postMessage({ id, outputs } satisfies ReplicaAnswer);
    } catch (error) {
      port.postMessage({
        id,
        error: error instanceof Error ? error.message : String(error),
      } satisfies ReplicaAnswer);
    }
  };
  let last = Promise.resolve();
  port.on("message", (request: ReplicaRequest) => (last = last.then(() => answer(request))));
}

interface CompiledProgram {
  /** @returns the outputs that are not shared */
  run(inputs: Extract<ReplicaRequest, { kind: "run" }>["inputs"]): Promise<Record<string, TypedArray>>;
  dispose(): void;
}

async function compile<T extends Tensor>(
  backend: Backend<T>,
  memoryOf: (tensor: T) => TypedArray,
  request: Extract<ReplicaRequest, { kind: "compile" }>,
): Promise<CompiledProgram> {
  const graph = graphFromData(request.graph);
  const weights = new Map(
    request.weights.map(([key, values, shape]) => [key, weightFromArray(values, shape)]),
  );
  const program = await backend.compile(graph, weights, { name: request.name });
  const parameters = request.parameters.map(({ name, shape, memory }) => {
    const values = new Float32Array(memory);
    return { name, values, tensor: backend.upload(values, shape) };
  });
  const present = Object.fromEntries(parameters.map(({ name, tensor }) => [name, tensor]));
  const shared = new Map(request.results.map(({ name, memory }) => [name, new Float32Array(memory)]));
  return {
    run(inputs) {
      for (const { values, tensor } of parameters) memoryOf(tensor).set(values);
      return withUploaded(backend, inputs, async (feeds) => {
        const results = await program.run(inputsOf(graph, { ...feeds, ...present }));
        const outputs: Record<string, TypedArray> = {};
        for (const [name, tensor] of Object.entries(results)) {
          const memory = shared.get(name);
          if (memory) memory.set(memoryOf(tensor));
          else outputs[name] = await backend.download(tensor);
          backend.free(tensor);
        }
        return outputs;
      });
    },
    dispose() {
      program.dispose();
      for (const { tensor } of parameters) backend.free(tensor);
    },
  };
}
