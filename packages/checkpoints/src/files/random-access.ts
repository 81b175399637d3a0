// Bytes that can be read at any offset: what every parser here works on, in Node and in a browser.
import { FormatError } from "../errors.js";

/** A file of known size whose parts are read on demand. */
export interface RandomAccess {
  /** Shown in errors. */
  readonly name: string;
  /** Absolute path when the bytes are a local file that a backend may map. */
  readonly path?: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Reads `length` bytes at `offset` into memory of its own.
   * @throws FormatError if the range leaves the file
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The bytes where they lie, of a file that is held in memory: not to be written to.
   * @throws FormatError if the range leaves the file
   */
  view?(offset: number, length: number): Uint8Array<ArrayBuffer>;
  close(): Promise<void>;
}

/** Reads from memory. */
export function bytesAccess(name: string, bytes: Uint8Array): RandomAccess {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      assertRange(name, bytes.length, offset, length);
      return new Uint8Array(bytes.subarray(offset, offset + length)); // not slice(): a Node Buffer's shares its memory
    },
    close: async () => {},
  };
}

/**
 * Reads from memory that its owner gives away: tensors are views of it, without a copy.
 *
 * @param bytes not to be written to any more
 */
export function heldBytes(name: string, bytes: Uint8Array<ArrayBuffer>): RandomAccess {
  return {
    ...bytesAccess(name, bytes),
    view: (offset, length) => {
      assertRange(name, bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** Reads from a Blob or a browser's File, piece by piece. */
export function blobAccess(name: string, blob: Blob): RandomAccess {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      assertRange(name, blob.size, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
    close: async () => {},
  };
}

/** Refuses a range that is not whole numbers inside the file. */
export function assertRange(name: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!whole || offset < 0 || length < 0 || offset + length > size)
    throw new FormatError(
      name,
      `bytes ${offset} to ${offset + length} were asked for; the file has ${size}; it is cut or damaged, fetch it again`,
    );
}
