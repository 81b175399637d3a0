// Reads safetensors files: an 8-byte header length, a JSON header, then the tensors without gaps.
// Format: https://github.com/huggingface/safetensors#format
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import { ELEMENT_BYTES, ELEMENT_TYPES, type ElementType } from "./element-types.js";
import type { RandomAccess } from "./random-access.js";
import { elementCount, storedTensor } from "./stored-tensor.js";
import { isObject, parseJsonObject } from "./strict-json.js";

/** The reference implementation refuses longer headers too. */
const HEADER_LIMIT = 100_000_000;

/** An opened safetensors file. */
export interface Safetensors {
  /** Tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, WeightHandle>;
  /** The free text fields of `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the header and checks that the tensors cover the file exactly once. The tensors are read on demand.
 *
 * @throws FormatError naming the tensor that is wrong
 */
export async function readSafetensors(file: RandomAccess): Promise<Safetensors> {
  if (file.size < 8)
    throw new FormatError(
      file.name,
      `has ${file.size} bytes; a safetensors file starts with an 8-byte length`,
    );
  const declared = new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true);
  if (declared < 2n || declared > BigInt(Math.min(HEADER_LIMIT, file.size - 8)))
    throw new FormatError(
      file.name,
      `declares a header of ${declared} bytes in a file of ${file.size}; it is cut, or not safetensors`,
    );
  const headerLength = Number(declared);
  const header = parseJsonObject(file.name, await file.read(8, headerLength));
  const tensors = new Map<string, WeightHandle>();
  const ranges: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { type, shape, begin, end } = readEntry(file.name, name, entry);
    ranges.push({ name, begin, end });
    if (8 + headerLength + end > file.size)
      throw new FormatError(
        file.name,
        `tensor "${name}" ends at byte ${8 + headerLength + end}; the file has ${file.size}; it is cut or damaged`,
      );
    tensors.set(name, storedTensor(file, { type, shape, offset: 8 + headerLength + begin }));
  }
  assertCovered(file.name, ranges, file.size - 8 - headerLength);
  return { tensors, metadata: readMetadata(file.name, header) };
}

function readEntry(
  file: string,
  name: string,
  entry: unknown,
): { type: ElementType; shape: number[]; begin: number; end: number } {
  const where = `tensor "${name.slice(0, 200)}"`;
  if (!isObject(entry)) throw new FormatError(file, `${where} is not described by an object`);
  const type = ELEMENT_TYPES.find((known) => known === entry["dtype"]);
  if (type === undefined)
    throw new FormatError(
      file,
      `${where} has dtype ${JSON.stringify(entry["dtype"])?.slice(0, 40)}; expected one of ${ELEMENT_TYPES.join(", ")}`,
    );
  const shape = integers(entry["shape"]);
  const offsets = integers(entry["data_offsets"]);
  if (!shape) throw new FormatError(file, `${where} has no shape of whole numbers`);
  if (offsets?.length !== 2)
    throw new FormatError(file, `${where} has no data_offsets of two whole numbers below 2^53`);
  const [begin, end] = offsets as [number, number]; // the length was checked
  const bytes = elementCount(file, shape) * ELEMENT_BYTES[type];
  if (end - begin !== bytes)
    throw new FormatError(
      file,
      `${where} has ${end - begin} bytes; ${type} [${shape.join(", ")}] needs ${bytes}`,
    );
  return { type, shape, begin, end };
}

/** The list, if it holds only whole numbers that are exact as doubles and not negative. */
function integers(value: unknown): number[] | undefined {
  const isSize = (item: unknown) => typeof item === "number" && Number.isSafeInteger(item) && item >= 0;
  return Array.isArray(value) && value.every(isSize) ? (value as number[]) : undefined; // every item was checked
}

/** Every byte after the header belongs to exactly one tensor. */
function assertCovered(
  file: string,
  ranges: { name: string; begin: number; end: number }[],
  size: number,
): void {
  let at = 0;
  for (const { name, begin, end } of ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw new FormatError(
        file,
        `tensor "${name}" starts at byte ${begin} of the data, the one before ends at ${at}; tensors must neither overlap nor leave gaps`,
      );
    at = end;
  }
  if (at !== size)
    throw new FormatError(file, `tensors end at byte ${at} of ${size}; nothing may follow them`);
}

function readMetadata(file: string, header: Record<string, unknown>): Map<string, string> {
  const metadata = Object.hasOwn(header, "__metadata__") ? header["__metadata__"] : {};
  if (!isObject(metadata)) throw new FormatError(file, "__metadata__ is not an object");
  const entries = Object.entries(metadata);
  for (const [key, value] of entries)
    if (typeof value !== "string")
      throw new FormatError(file, `__metadata__ field "${key}" is ${typeof value}; expected text`);
  return new Map(entries as [string, string][]); // every value was checked
}
