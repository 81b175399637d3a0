// Element types of graph values and the typed arrays that carry them on the host.

/** Element type of a graph value. `bool` is one byte per element, 0 or 1. */
export type DType = "float32" | "int32" | "bool";

/** Host data: its class says its dtype (`Float32Array` float32, `Int32Array` int32, `Uint8Array` bool). */
export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** The dtype that a typed array carries. */
export function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return "float32";
  return data instanceof Int32Array ? "int32" : "bool";
}

/** A zero-filled host array of `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  if (dtype === "float32") return new Float32Array(length);
  return dtype === "int32" ? new Int32Array(length) : new Uint8Array(length);
}
