// A local file as random access; the only file of this folder that needs Node.
import type { FileHandle } from "node:fs/promises";
import { FormatError } from "../errors.js";
import { node } from "./node-modules.js";
import { assertRange, type RandomAccess } from "./random-access.js";

/** Node reads at most 2 GiB in a call. */
const CALL_BYTES = 2 ** 30;

/**
 * Opens a file for reads at offsets. Close it when done.
 *
 * @throws FormatError if it does not exist, cannot be read, or is not a regular file
 */
export async function openLocalFile(path: string): Promise<RandomAccess> {
  const [{ open }, { resolve }] = [node.fs(), node.path()];
  const absolute = resolve(path);
  let handle: FileHandle;
  try {
    handle = await open(absolute, "r");
  } catch (error) {
    throw new FormatError(path, `cannot be opened (${reasonOf(error)}); check the path and its permissions`);
  }
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new FormatError(path, "is not a regular file; expected a weight file");
  }
  return {
    name: path,
    path: absolute,
    size: stat.size,
    read: async (offset, length) => {
      assertRange(path, stat.size, offset, length);
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer); // not zeroed first: all of it is read, or none returned
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(
          bytes,
          done,
          Math.min(CALL_BYTES, length - done),
          offset + done,
        );
        if (bytesRead === 0)
          throw new FormatError(
            path,
            `ended at byte ${offset + done}; it had ${stat.size} when opened; do not change it while it is in use`,
          );
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
