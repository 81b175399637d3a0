// What a compute backend must offer. It knows ops and memory, and nothing about audio or wav2vec.
import type { DType, TypedArray } from "./dtype.js";
import type { Graph } from "./graph.js";

/** A tensor held by a backend. Only its backend can read the contents. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Element type of a weight as stored; backends compute in float32. */
export type WeightDType = "float64" | "float32" | "float16" | "bfloat16" | "int64" | "int32" | "bool";

/**
 * A named tensor of a checkpoint, not yet read. Row-major.
 * `location` is set when the tensor lies contiguous and uncompressed in a local file in its `dtype`,
 * so that a backend can map it in place.
 */
export interface WeightHandle {
  readonly shape: readonly number[];
  readonly dtype: WeightDType;
  readonly location?: { readonly path: string; readonly offset: number; readonly length: number };
  /** The values as float32, row-major; reads only this tensor's bytes. */
  read(): Promise<Float32Array>;
}

/** Weights by parameter path; the path is the Hugging Face key without the model prefix (`wav2vec2.`). */
export type Weights = ReadonlyMap<string, WeightHandle>;

/** Settings of one compilation; every backend understands all of them. */
export interface CompileOptions {
  /** Shown in errors and profiles. */
  readonly name?: string;
}

/**
 * Turns graphs into programs and moves tensors between host and device.
 *
 * @typeParam T the backend's own tensor
 */
export interface Backend<T extends Tensor = Tensor> {
  readonly name: string;
  /**
   * Compiles `graph` once for every length; `weights` must hold each of `graph.params`.
   * @throws WeightError if a parameter is missing or has another shape
   */
  compile(graph: Graph, weights: Weights, options?: CompileOptions): Promise<Program<T>>;
  /** Copies host data to the device; the array's class decides the dtype. */
  upload(data: TypedArray, shape: readonly number[]): T;
  /** Copies a tensor to the host. The tensor stays valid. */
  download(tensor: T): Promise<TypedArray>;
  /** Releases a tensor. Freeing twice is an error. */
  free(tensor: T): void;
  /**
   * Where tensors lie on the host between runs: a tensor's own memory, row by row, which a trainer updates in place.
   * Whoever writes to it must own the tensor; it ends with the tensor. Absent where tensors lie on a device.
   */
  hostMemory?(tensor: T): TypedArray;
  /** A tensor that lies in the array given, which is its own from then on; beside `hostMemory`. */
  adopt?(data: TypedArray, shape: readonly number[]): T;
}

/** A compiled graph, ready to run at any length its symbols allow. */
export interface Program<T extends Tensor = Tensor> {
  /**
   * Runs once. Outputs belong to the caller, who frees them. Inputs stay valid, except those named in
   * `donate`: the program may reuse their memory for outputs and the caller must not touch them again.
   */
  run(
    inputs: Readonly<Record<string, T>>,
    options?: { readonly donate?: readonly string[] },
  ): Promise<Record<string, T>>;
  dispose(): void;
}
