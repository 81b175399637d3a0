// The packages that are published: every folder of the workspace whose package.json is not private.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./step.mjs";

/**
 * @returns {{ name: string, folder: string, manifest: Record<string, any> }[]} sorted by folder
 */
export function publicPackages() {
  return ["packages", join("packages", "tasks")]
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
    .filter(({ manifest }) => !manifest.private)
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));
}
