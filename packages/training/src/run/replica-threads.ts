// Replicas on worker threads of Node, seen from the thread of the trainer.
import { graphToData, type Graph, type TypedArray } from "@wav2vec/core";
import { Worker } from "node:worker_threads";
import type { CompiledReplicas, Replicas } from "../trainer/replicas.js";
import { TrainingError } from "./events.js";
import type { ReplicaAnswer, ReplicaRequest, SharedTensor } from "./replica-messages.js";
import { WORKER_FLAGS } from "./worker-flags.js";

type Outputs = Readonly<Record<string, TypedArray>>;
/** A request without what this module adds. */
type Asked = ReplicaRequest extends infer R
  ? R extends { readonly id: number }
    ? Omit<R, "id">
    : never
  : never;

/**
 * Starts replicas on worker threads. Each holds weights, activations and gradients of its own.
 *
 * @param file of the workers; it calls `serveReplica`
 * @param count beside the thread of the trainer
 * @param data what the file finds as `workerData`
 */
export function replicaThreads(
  file: URL,
  count: number,
  data?: unknown,
): Replicas & { close(): Promise<void> } {
  const workers = Array.from({ length: count }, () => new Worker(file, { workerData: data, ...(WORKER_FLAGS && { execArgv: WORKER_FLAGS }) })); // prettier-ignore
  const threads = workers.map(replicaThread);
  let programs = 0;
  return {
    count: threads.length,
    async compile({ name, graph, weights, parameters }) {
      const program = programs++;
      const params = graph.params.map(async (own) => [own.name, await weights.get(own.name)!.read(), own.shape] as const); // prettier-ignore
      const request = {
        kind: "compile",
        program,
        name,
        graph: graphToData(graph),
        weights: await Promise.all(params), // the trainer's own compilation has found them
        parameters: [...parameters].map(([own, shape]) => sharedTensor(`parameter.${own}`, shape)),
      } as const;
      const copies = threads.map((thread) => ({ thread, program, results: sharedResults(graph) }));
      await Promise.all(copies.map(({ thread, results }) => thread.ask({ ...request, results })));
      return compiled(copies, request.parameters);
    },
    close: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
  };
}

function sharedTensor(name: string, shape: readonly number[]): SharedTensor {
  return { name, shape, memory: new SharedArrayBuffer(4 * shape.reduce((n, dim) => n * dim, 1)) };
}

/** Memory for the outputs whose length is known: gradients. */
function sharedResults({ outputs }: Graph): SharedTensor[] {
  return Object.entries(outputs).flatMap(([name, { shape, dtype }]) =>
    dtype === "float32" && shape.every((dim) => typeof dim === "number")
      ? [sharedTensor(name, shape as readonly number[])] // just seen
      : [],
  );
}

interface Copy {
  readonly thread: ReplicaThread;
  readonly program: number;
  readonly results: readonly SharedTensor[];
}

function compiled(copies: readonly Copy[], parameters: readonly SharedTensor[]): CompiledReplicas {
  const views = viewsOf(parameters);
  const results = copies.map((copy) => Object.fromEntries(viewsOf(copy.results)));
  return {
    share(weights) {
      for (const [name, view] of views) view.set(weights[name]!); // all that learns
    },
    async run(replica, inputs) {
      const { thread, program } = copies[replica]!; // one of `count`
      return { ...(await thread.ask({ kind: "run", program, inputs })), ...results[replica] };
    },
    dispose() {
      for (const { thread, program } of copies) thread.tell({ kind: "dispose", program });
    },
  };
}

const viewsOf = (tensors: readonly SharedTensor[]) =>
  tensors.map(({ name, memory }) => [name, new Float32Array(memory)] as const);

interface ReplicaThread {
  /** @throws TrainingError if the replica fails or has ended */
  ask(request: Asked): Promise<Outputs>;
  tell(request: Extract<ReplicaRequest, { kind: "dispose" }>): void;
}

function replicaThread(worker: Worker): ReplicaThread {
  const waiting = new Map<number, { resolve: (outputs: Outputs) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let ended: TrainingError | undefined;
  const end = (why: string) => {
    ended ??= new TrainingError(`training: a replica's thread ended: ${why}; resume the run from its last checkpoint`); // prettier-ignore
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on("message", (answer: ReplicaAnswer) => {
    const { resolve, reject } = waiting.get(answer.id)!; // asked, and answered once
    waiting.delete(answer.id);
    if ("outputs" in answer) resolve(answer.outputs);
    else reject(new TrainingError(`training: a replica failed: ${answer.error}`));
  });
  worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)));
  worker.on("exit", (code) => end(`exit code ${code}`));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const id = asked++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...request, id } satisfies ReplicaRequest);
      }),
    tell: (request) => worker.postMessage(request),
  };
}
