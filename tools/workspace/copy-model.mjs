// Copies the model that ships into the package of the command, which npm cannot fill from outside its folder.
// Part of the build of packages/cli.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./step.mjs";

const name = "en-tiny";
const target = join(root, "packages", "cli", "models", name);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
cpSync(join(root, "models", name), target, { recursive: true });
