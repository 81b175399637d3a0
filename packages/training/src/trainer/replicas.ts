// A batch shared out: its parts are computed at once by copies of the program, their gradients added.
import type { Graph, TypedArray, Weights } from "@wav2vec/core";
import type { HostTensors } from "./gradient-step.js";

/** How a step shares out its batches. */
export interface Sharing {
  /** Parts of a batch; the result depends on their number. */
  readonly parts: number;
  /** Who computes parts besides the thread of the trainer; without them that thread computes one after the other. */
  readonly replicas?: Replicas | undefined;
}

/** Threads that compute what the trainer's computes. */
export interface Replicas {
  readonly count: number;
  /** Compiles a program on each. */
  compile(program: ReplicatedProgram): Promise<CompiledReplicas>;
}

/** What a replica compiles. */
export interface ReplicatedProgram {
  readonly name: string;
  readonly graph: Graph;
  /** What stays in the program. */
  readonly weights: Weights;
  /** What learns: inputs `parameter.NAME` of the graph. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
}

/** A program, compiled once on each replica. */
export interface CompiledReplicas {
  /** Tells all replicas the present weights, `parameter.NAME`, for the runs that follow. */
  share(weights: Readonly<Record<string, TypedArray>>): void;
  /**
   * Runs on one replica, after what it was given before.
   *
   * @returns all outputs; those of known length are valid until its next run
   */
  run(replica: number, inputs: HostTensors): Promise<Readonly<Record<string, TypedArray>>>;
  dispose(): void;
}

/** A batch cut into parts of as many clips, or one more; fewer parts if there are fewer clips. */
export function cutBatch<Batch extends { readonly names: readonly string[] }>(
  batch: Batch,
  parts: number,
): Batch[] {
  const { length } = batch.names;
  const count = Math.min(parts, length);
  const isOfClips = (value: unknown): value is readonly unknown[] =>
    (Array.isArray(value) || ArrayBuffer.isView(value)) && (value as ArrayLike<unknown>).length === length;
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [Math.floor((i * length) / count), Math.floor(((i + 1) * length) / count)];
    const own = Object.entries(batch).map(([key, value]) => [
      key,
      isOfClips(value) ? value.slice(start, end) : (value as unknown),
    ]);
    return Object.fromEntries(own) as Batch; // of the same keys
  });
}
