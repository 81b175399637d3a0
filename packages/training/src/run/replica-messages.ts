// What the thread of a trainer and the threads of its replicas say to each other.
import type { GraphData, TypedArray } from "@wav2vec/core";
import type { HostTensors } from "../trainer/gradient-step.js";

/** To a replica. `program` numbers compiled programs, `id` what is to be answered. */
export type ReplicaRequest =
  | {
      readonly kind: "compile";
      readonly id: number;
      readonly program: number;
      readonly name: string;
      readonly graph: GraphData;
      readonly weights: readonly (readonly [name: string, values: Float32Array, shape: readonly number[]])[];
      readonly parameters: readonly SharedTensor[];
      /** Outputs that this replica writes where the trainer reads them; the others are in its answers. */
      readonly results: readonly SharedTensor[];
    }
  | { readonly kind: "run"; readonly id: number; readonly program: number; readonly inputs: HostTensors }
  | { readonly kind: "dispose"; readonly program: number };

/** A float32 tensor in memory of both threads, by its name in the graph. */
export interface SharedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly memory: SharedArrayBuffer;
}

/** From a replica. */
export type ReplicaAnswer =
  | { readonly id: number; readonly outputs: Readonly<Record<string, TypedArray>> }
  | { readonly id: number; readonly error: string };
