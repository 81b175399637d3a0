// Checks and builds the two things PyTorch adds to pickle: storages (persistent ids) and tensors (rebuild calls).
import { FormatError } from "../errors.js";
import type { ElementType } from "../files/element-types.js";
import { elementCount } from "../files/stored-tensor.js";
import { PyGlobal, TorchStorage, TorchTensor, type PyValue } from "./values.js";

/** `torch.FloatStorage` and its kind. */
export const STORAGE_TYPES: ReadonlyMap<string, ElementType> = new Map([
  ["DoubleStorage", "F64"],
  ["FloatStorage", "F32"],
  ["HalfStorage", "F16"],
  ["BFloat16Storage", "BF16"],
  ["LongStorage", "I64"],
  ["IntStorage", "I32"],
  ["ShortStorage", "I16"],
  ["CharStorage", "I8"],
  ["ByteStorage", "U8"],
  ["BoolStorage", "BOOL"],
]);

/** An expanded tensor (stride 0) may be larger than its storage, but not without end. */
const EXPANDED_LIMIT = 2 ** 24;

/**
 * Reads a persistent id: `("storage", type, key, device, elements[, view])`.
 *
 * @throws FormatError if it is anything else
 */
export function storageFrom(file: string, id: PyValue): TorchStorage {
  if (!Array.isArray(id) || id[0] !== "storage")
    throw new FormatError(file, "a persistent id is not a storage; PyTorch writes nothing else");
  const [, type, key, , elements, view] = id as readonly PyValue[];
  const element =
    type instanceof PyGlobal && type.module === "torch" ? STORAGE_TYPES.get(type.name) : undefined;
  if (!element)
    throw new FormatError(
      file,
      `storage type ${type instanceof PyGlobal ? type.path : typeof type} is not supported; expected one of torch.${[...STORAGE_TYPES.keys()].join(", ")}`,
    );
  if (typeof key !== "string" || !/^\w{1,64}$/.test(key))
    throw new FormatError(
      file,
      `storage key ${JSON.stringify(String(key)).slice(0, 80)} is not a plain name`,
    );
  if (!isSize(elements))
    throw new FormatError(file, `storage "${key}" declares ${String(elements)} elements`);
  if (view === undefined || view === null) return new TorchStorage(key, element, elements, 0);
  // ("storage", type, root, device, elements of the root, (key of the view, start, elements of the view))
  const [, start, length] = Array.isArray(view) ? (view as readonly PyValue[]) : [];
  if (!isSize(start) || !isSize(length) || start + length > elements)
    throw new FormatError(file, `a window on storage "${key}" leaves it`);
  return new TorchStorage(key, element, elements, start);
}

/**
 * Reads the arguments of `torch._utils._rebuild_tensor_v2`: storage, offset, sizes, strides, …
 *
 * @throws FormatError if the tensor leaves its storage
 */
export function tensorFrom(file: string, args: readonly PyValue[]): TorchTensor {
  const [storage, offset, sizes, strides] = args;
  if (!(storage instanceof TorchStorage))
    throw new FormatError(file, "a tensor is rebuilt from something that is not a storage");
  if (!isSize(offset))
    throw new FormatError(file, `a tensor starts at element ${String(offset)} of its storage`);
  if (!isSizes(sizes) || !isSizes(strides))
    throw new FormatError(file, "a tensor has sizes or strides that are not whole numbers ≥ 0");
  if (sizes.length !== strides.length)
    throw new FormatError(file, `a tensor has ${sizes.length} sizes and ${strides.length} strides`);
  const elements = elementCount(file, sizes);
  const last =
    elements === 0 ? 0 : sizes.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0) + 1;
  if (!(storage.start + offset + last <= storage.elements))
    throw new FormatError(
      file,
      `a tensor of shape [${sizes.join(", ")}], strides [${strides.join(", ")}], offset ${offset} leaves its storage of ${storage.elements} elements`,
    );
  if (elements > Math.max(storage.elements, EXPANDED_LIMIT))
    throw new FormatError(
      file,
      `a tensor of shape [${sizes.join(", ")}] repeats a storage of ${storage.elements} elements; too large to copy`,
    );
  return new TorchTensor(storage, storage.start + offset, sizes, strides);
}

function isSize(value: PyValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: PyValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length <= 16 && value.every(isSize);
}
