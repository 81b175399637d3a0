// Writes safetensors files, tensor by tensor, so that a crash leaves the old file or the new one, never half.
import { ELEMENT_BYTES } from "./element-types.js";
import { FormatError } from "../errors.js";
import { node } from "./node-modules.js";
import { elementCount } from "./stored-tensor.js";

/** What can be written: float32, int64 and bytes, with the sizes of the axes. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  /** The values, or a function that produces them when their turn comes, so that they need not all be in memory. */
  readonly data: TensorData | (() => TensorData | Promise<TensorData>);
  /** Element type of `data`; needed when `data` is a function, float32 by default. */
  readonly type?: "F32" | "I32" | "I64" | "U8";
}

/** Arrays whose class says their element type. */
export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/**
 * Writes `tensors` to `path` through a temporary file, fsync and rename.
 *
 * @param tensors by name; written in the map's order
 * @param metadata free text fields, e.g. `{ format: "pt" }`
 * @throws FormatError if a tensor's data and shape disagree; the old file is then untouched
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { open, rename, rm } = node.fs();
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  const header = describe(path, tensors, metadata);
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(header);
    for (const [name, tensor] of tensors) await file.writeFile(await bytesOf(path, name, tensor));
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {}); // closed already if rename failed
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * The same file in memory, or where the browser keeps Blobs, for pages.
 *
 * @param name shown in errors
 * @throws FormatError if a tensor's data and shape disagree
 */
export async function safetensorsBlob(
  name: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Blob> {
  const parts = [new Blob([new Uint8Array(describe(name, tensors, metadata))])];
  for (const [key, tensor] of tensors)
    parts.push(new Blob([new Uint8Array(await bytesOf(name, key, tensor))]));
  return new Blob(parts);
}

/** Length and JSON header, padded with spaces so that the data starts at a multiple of 8. */
function describe(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let at = 0;
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  for (const [name, tensor] of tensors) {
    if (name === "__metadata__")
      throw new FormatError(path, `a tensor cannot be named "__metadata__"; rename it`);
    const type = elementTypeOf(tensor);
    const length = elementCount(path, tensor.shape) * ELEMENT_BYTES[type];
    entries.push([name, { dtype: type, shape: tensor.shape, data_offsets: [at, at + length] }]);
    at += length;
  }
  const json = new TextEncoder().encode(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
  );
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(json, 8);
  return bytes;
}

function elementTypeOf({ type, data }: TensorToWrite): "F32" | "I32" | "I64" | "U8" {
  return type ?? (typeof data === "function" ? "F32" : classType(data));
}

function classType(data: TensorData): "F32" | "I32" | "I64" | "U8" {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Int32Array) return "I32";
  return data instanceof BigInt64Array ? "I64" : "U8";
}

async function bytesOf(path: string, name: string, tensor: TensorToWrite): Promise<Uint8Array> {
  const data = typeof tensor.data === "function" ? await tensor.data() : tensor.data;
  if (data.length !== elementCount(path, tensor.shape) || classType(data) !== elementTypeOf(tensor))
    throw new FormatError(
      path,
      `tensor "${name}" holds ${data.length} elements of ${classType(data)}; ${elementTypeOf(tensor)} [${tensor.shape.join(", ")}] was announced`,
    );
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
