// Results on disk: whole or not at all, never two to one name.
import { access, constants, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InputFile } from "./input-files.js";
import { UsageError } from "./usage-error.js";

/**
 * Makes the folder and checks that it can be written, before any work is done.
 *
 * @throws UsageError if it cannot
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `--out: cannot write to ${folder} (${(error as NodeJS.ErrnoException).code ?? "unknown reason"}); name a folder that can be written`,
    ); // node:fs throws ErrnoException
  }
}

/**
 * The file of each input in `folder`: its stem and `extension`.
 *
 * @throws UsageError if two inputs would share one
 */
export function outputPaths(inputs: readonly InputFile[], folder: string, extension: string): string[] {
  const owners = new Map<string, string>();
  return inputs.map(({ name, stem }) => {
    const path = join(folder, `${stem}${extension}`);
    const other = owners.get(path);
    if (other !== undefined)
      throw new UsageError(
        `--out: ${other} and ${name} would both be written to ${path}; give them different names or separate folders`,
      );
    owners.set(path, name);
    return path;
  });
}

/** Writes a text file so that no half of it is ever seen under its name. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, text, { flush: true });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
