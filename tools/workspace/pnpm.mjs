// Finds the pnpm version that package.json names, or installs it into `.tools/`, so that Node and npm are enough.
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execute, must, root } from "./step.mjs";

/** The pinned version, e.g. "10.34.8", from `packageManager`: "pnpm@10.34.8+sha512.…". */
const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split(/[@+]/)[1];

const hasWanted = async (env) => {
  // Asked outside the workspace: inside it, pnpm would answer by fetching the pinned version itself.
  const { code, stdout } = await execute("pnpm", ["--version"], { env, cwd: tmpdir() });
  return code === 0 && stdout.trim() === wanted;
};

/**
 * An environment in which `pnpm` is the pinned version. nx starts every target as `pnpm run …`, so PATH must have it.
 *
 * @returns {Promise<NodeJS.ProcessEnv>}
 * @throws Error when npm cannot install pnpm
 */
export async function environment() {
  // No daemon is left behind, pnpm never stops to ask, and npx does not repeat npm's warnings about its settings.
  const env = { ...process.env, NX_DAEMON: "false", CI: "true", npm_config_loglevel: "error" };
  if (await hasWanted(env)) return env;
  const tools = join(root, ".tools");
  env.PATH = join(tools, "node_modules", ".bin") + delimiter + env.PATH;
  if (await hasWanted(env)) return env;
  await must("npm", ["install", "--prefix", tools, `pnpm@${wanted}`, "--ignore-scripts", "--no-save"]);
  return env;
}
