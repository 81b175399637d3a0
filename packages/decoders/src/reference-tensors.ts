// Reads the tensors that tests compare with; for tests only, nothing here is exported from the package.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const shared = process.env["WAV2VEC_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url));

/** The reference files of decoders, beside the repository or under WAV2VEC_SHARED; tests skip where absent. */
export const referenceFolder = `${shared}/reference/decoding`;
export const hasReference = existsSync(referenceFolder);

/** Numbers of one tensor, float16 widened exactly. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** All float16, float32 and int32 tensors of a safetensors file. */
export function readReferenceTensors(path: string): Record<string, ReferenceTensor> {
  const file = readFileSync(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors: Record<string, ReferenceTensor> = {};
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const bytes = file.subarray(start + offsets[0], start + offsets[1]);
    const length = shape.reduce((product, size) => product * size, 1);
    const number = (i: number) => {
      if (dtype === "F16") return fromFloat16(bytes.readUInt16LE(2 * i));
      if (dtype === "F32") return bytes.readFloatLE(4 * i);
      if (dtype === "I32") return bytes.readInt32LE(4 * i);
      throw new Error(`${path}: ${name} is ${dtype}; expected F16, F32 or I32`);
    };
    tensors[name] = { shape, data: Float32Array.from({ length }, (_, i) => number(i)) };
  }
  return tensors;
}

/** IEEE 754 half precision: 1 sign bit, 5 of exponent, 10 of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
