// Which model a command uses when none is named.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the model that ships with the command. */
export function shippedModel(): string {
  // Beside dist/ in the package; in the workspace the sources use the repository's own copy.
  const candidates = ["../models/en-tiny", "../../../models/en-tiny"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find((path) => existsSync(path)) ?? candidates[0]!; // opening it says that it is missing
}
