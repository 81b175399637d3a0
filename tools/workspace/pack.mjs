// Packs every public package as it would be published, and lints what came out.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { publicPackages } from "./packages.mjs";
import { must } from "./step.mjs";

/**
 * Runs `pnpm pack`, which applies `publishConfig` and turns `workspace:*` into versions.
 *
 * @param {string} folder where the tarballs go
 * @param {NodeJS.ProcessEnv} env with pnpm on PATH
 * @returns {Promise<{ name: string, manifest: Record<string, any>, path: string }[]>}
 */
export async function pack(folder, env) {
  const tarballs = [];
  for (const { name, manifest, folder: cwd } of publicPackages()) {
    const out = join(folder, name.replace("/", "-"));
    mkdirSync(out);
    await must("pnpm", ["pack", "--pack-destination", out], { env, cwd });
    tarballs.push({ name, manifest, path: join(out, readdirSync(out)[0]) });
  }
  return tarballs;
}

/**
 * publint (is the package well formed) and attw (do its types resolve, ES modules only).
 *
 * @param {Awaited<ReturnType<typeof pack>>} tarballs
 * @param {NodeJS.ProcessEnv} env with pnpm on PATH
 * @throws Error naming every problem of the first package that has one
 */
export async function lintTarballs(tarballs, env) {
  for (const { path } of tarballs) {
    await must("pnpm", ["exec", "publint", "run", path, "--strict"], { env });
    await must("pnpm", ["exec", "attw", path, "--profile", "esm-only", "--no-emoji"], { env });
  }
}
