// A tensor that lies in a file, contiguous or as a strided view, read when it is needed.
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import { ELEMENT_BYTES, toFloat32, WEIGHT_DTYPES, type ElementType } from "./element-types.js";
import type { RandomAccess } from "./random-access.js";

/** Where and how the elements lie; `strides` in elements, absent when row-major without gaps. */
export interface Placement {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Byte offset of the first element in the file. */
  readonly offset: number;
  readonly strides?: readonly number[];
}

/**
 * A handle on a tensor in `file`; nothing is read yet.
 *
 * @throws FormatError if the tensor leaves the file
 */
export function storedTensor(file: RandomAccess, { type, shape, offset, strides }: Placement): WeightHandle {
  const view = strides && !isContiguous(shape, strides) ? strides : undefined;
  const elements = elementCount(file.name, shape);
  const span =
    view && elements > 0
      ? 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * view[axis]!, 0)
      : elements;
  const length = span * ELEMENT_BYTES[type];
  if (!(offset >= 0 && offset + length <= file.size))
    throw new FormatError(
      file.name,
      `a tensor of shape [${shape.join(", ")}] ends at byte ${offset + length}; the file has ${file.size}; it is cut or damaged`,
    );
  const { dtype, exact } = WEIGHT_DTYPES[type];
  const location =
    file.path !== undefined && exact && !view ? { path: file.path, offset, length } : undefined;
  return {
    shape,
    dtype,
    ...(location && { location }),
    read: async () => {
      const bytes = file.view ? file.view(offset, length) : await file.read(offset, length);
      const values = toFloat32(type, bytes);
      return view ? gather(values, shape, view) : values;
    },
  };
}

/**
 * Number of elements of a shape.
 * @throws FormatError if a size is not a whole number ≥ 0 or the product is not exact
 */
export function elementCount(name: string, shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new FormatError(name, `a tensor has shape [${shape.join(", ")}]; expected whole numbers ≥ 0`);
    count *= size;
  }
  if (!Number.isSafeInteger(count))
    throw new FormatError(
      name,
      `a tensor has shape [${shape.join(", ")}], more elements than any file holds`,
    );
  return count;
}

/** True if the strides are those of a row-major tensor; axes of size 1 do not matter. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies a strided view into row-major order. */
function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const result = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
