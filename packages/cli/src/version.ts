// The version of the command, from its package.json.
import { createRequire } from "node:module";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string }; // ours; always has one
export { version };
