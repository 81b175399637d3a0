// What an unpickled value can be: plain data, tensors that are not read yet, and inert records of Python objects.
import type { ElementType } from "../files/element-types.js";

/** Any value the unpickler builds. Tuples are frozen arrays, lists are not; a Python dict is a Map. */
export type PyValue =
  | null | boolean | number | bigint | string
  | Uint8Array | readonly PyValue[] | PyDict | Set<PyValue>
  | PyGlobal | PyRecord | TorchStorage | TorchTensor; // prettier-ignore

/** A Python dict; a Map has no prototype that a hostile key could reach. */
export type PyDict = Map<PyValue, PyValue>;

/** The name of a class or function on the allow-list. It is never looked up, only compared. */
export class PyGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A Python object as inert data: its class name, what it was made from, and its attributes. */
export class PyRecord {
  readonly fields: PyDict = new Map();
  constructor(
    readonly type: string,
    readonly args: readonly PyValue[],
  ) {}
}

/** A block of elements that lies elsewhere in the file. */
export class TorchStorage {
  /**
   * @param key name of the block: an archive entry, or a key of the old layout
   * @param elements declared length
   * @param start first element, for a storage that is a window on another
   */
  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly elements: number,
    readonly start: number,
  ) {}
}

/** A strided view of a storage; offset and strides in elements. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
