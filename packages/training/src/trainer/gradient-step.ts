// What a trainer needs of an objective: one run gives the gradients of a batch.
import type { Backend, Tensor, TypedArray } from "@wav2vec/core";
import type { Random } from "../random.js";

/** Forward and backward of one batch. */
export interface GradientStep<Batch, T extends Tensor = Tensor> {
  /** Parameters that have a gradient. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  /**
   * @param weights `parameter.NAME` for each of `parameters`; they stay valid
   */
  run(batch: Batch, weights: Tensors<T>, random: Random): Promise<StepResult<T>>;
  dispose(): void;
}

export type Tensors<T extends Tensor = Tensor> = Readonly<Record<string, T>>;

/** What one batch gives. */
export interface StepResult<T extends Tensor = Tensor> {
  /** `gradient.NAME`, sums over the units of the batch. */
  readonly gradients: Tensors<T>;
  /** Length of all gradients together. */
  readonly norm: number;
  /** Gradients are sums of this many units (clips, masked frames); the update divides by their total. */
  readonly units: number;
  /** Per unit, for logs; `loss` among them. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Host arrays by input name. */
export type HostTensors = Readonly<
  Record<string, { readonly data: TypedArray; readonly shape: readonly number[] }>
>;

/** Those entries that a program has as inputs. */
export function inputsOf<V>(
  graph: { readonly inputs: readonly { readonly name: string }[] },
  all: Readonly<Record<string, V>>,
): Record<string, V> {
  return Object.fromEntries(
    graph.inputs.flatMap(({ name }) => (name in all ? [[name, all[name]!] as const] : [])),
  );
}

/** Copies host arrays to the device, hands them to `use`, and frees them again. */
export async function withUploaded<T extends Tensor, R>(
  backend: Backend<T>,
  host: HostTensors,
  use: (tensors: Record<string, T>) => Promise<R>,
): Promise<R> {
  const tensors = Object.fromEntries(
    Object.entries(host).map(([name, { data, shape }]) => [name, backend.upload(data, shape)]),
  );
  try {
    return await use(tensors);
  } finally {
    for (const tensor of Object.values(tensors)) backend.free(tensor);
  }
}

/** One number from the device; the tensor is freed. */
export async function takeNumber<T extends Tensor>(backend: Backend<T>, tensor: T): Promise<number> {
  const [value] = await backend.download(tensor);
  backend.free(tensor);
  return value!; // a scalar has one element
}

/** Tensors on the host; they are freed on the device. */
export async function takeAll<T extends Tensor>(
  backend: Backend<T>,
  tensors: Tensors<T>,
): Promise<Record<string, TypedArray>> {
  const arrays: Record<string, TypedArray> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    arrays[name] = await backend.download(tensor);
    backend.free(tensor);
  }
  return arrays;
}
