// How numbers lie in weight files, and how they become float32.
import type { WeightDType } from "@wav2vec/core";

/** Element types as files name them, in safetensors' spelling. */
export const ELEMENT_TYPES = [
  "F64",
  "F32",
  "F16",
  "BF16",
  "I64",
  "U64",
  "I32",
  "U32",
  "I16",
  "U16",
  "I8",
  "U8",
  "BOOL",
] as const;

/** One of {@link ELEMENT_TYPES}. */
export type ElementType = (typeof ELEMENT_TYPES)[number];

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1,
}; // prettier-ignore

/** The backends' name of a type, and whether the bytes in the file are of exactly that type. */
export const WEIGHT_DTYPES: Readonly<
  Record<ElementType, { readonly dtype: WeightDType; readonly exact: boolean }>
> = {
  F64: { dtype: "float64", exact: true },
  F32: { dtype: "float32", exact: true },
  F16: { dtype: "float16", exact: true },
  BF16: { dtype: "bfloat16", exact: true },
  I64: { dtype: "int64", exact: true },
  U64: { dtype: "int64", exact: false },
  I32: { dtype: "int32", exact: true },
  U32: { dtype: "int64", exact: false },
  I16: { dtype: "int32", exact: false },
  U16: { dtype: "int32", exact: false },
  I8: { dtype: "int32", exact: false },
  U8: { dtype: "int32", exact: false },
  BOOL: { dtype: "bool", exact: true },
};

/** True for element types that can be a weight. */
export function isFloatDType(dtype: WeightDType): boolean {
  return dtype === "float64" || dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
}

/**
 * Turns little-endian bytes into float32. Exact for F32, F16, BF16 and integers below 2^24.
 *
 * @param bytes whole elements; the result may share their memory
 */
export function toFloat32(type: ElementType, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = aligned(bytes, ELEMENT_BYTES[type]);
  const count = length / ELEMENT_BYTES[type];
  switch (type) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F16":
      return fromFloat16(new Uint16Array(buffer, byteOffset, count));
    case "BF16":
      return fromBfloat16(new Uint16Array(buffer, byteOffset, count));
    case "F64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case "U64":
      return Float32Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    case "I32":
      return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case "U32":
      return Float32Array.from(new Uint32Array(buffer, byteOffset, count));
    case "I16":
      return Float32Array.from(new Int16Array(buffer, byteOffset, count));
    case "U16":
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count));
    case "I8":
      return Float32Array.from(new Int8Array(buffer, byteOffset, count));
    default:
      return Float32Array.from(new Uint8Array(buffer, byteOffset, count));
  }
}

/** Typed arrays start at multiples of their element's size: copies a view that does not. */
function aligned(bytes: Uint8Array<ArrayBuffer>, elementBytes: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % elementBytes === 0 ? bytes : bytes.slice();
}

/** Exponent bias of float32 minus that of float16, as a factor: rescales normal and subnormal numbers alike. */
const FLOAT16_SCALE = 2 ** 112;
const FLOAT16_VALUES = 65536;

/** Long arrays look their values up, which is twice as fast as computing each. */
function fromFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  if (halves.length <= FLOAT16_VALUES) return computeFloat16(halves);
  const table = new Uint32Array(
    computeFloat16(Uint16Array.from({ length: FLOAT16_VALUES }, (_, half) => half)).buffer,
  );
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]!]!;
  return new Float32Array(bits.buffer);
}

function computeFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const result = new Float32Array(halves.length);
  const bits = new Uint32Array(result.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    if ((half & 0x7c00) === 0x7c00) {
      bits[i] = sign | 0x7f800000 | ((half & 0x3ff) << 13); // infinity, NaN
    } else {
      bits[i] = (half & 0x7fff) << 13;
      result[i] = result[i]! * FLOAT16_SCALE;
      bits[i] = bits[i]! | sign;
    }
  }
  return result;
}

function fromBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16; // bfloat16 is float32's upper half
  return new Float32Array(bits.buffer);
}
