// Files that are on the disk when the call returns, so that a crash leaves the old one or the new one, never half.
import { open, rename, rm } from "node:fs/promises";

/** Writes a new file. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes beside the file, then takes its place by one rename; a failure leaves the old file and nothing else. */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeDurably(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
