// Everything that must hold before a change is merged; runs to the end and counts the tests last.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkExamples } from "./examples.mjs";
import { installElsewhere } from "./install-elsewhere.mjs";
import { lintTarballs, pack } from "./pack.mjs";
import { environment } from "./pnpm.mjs";
import { must, root, step } from "./step.mjs";
import { vitest } from "./vitest.mjs";

/**
 * Checks a workspace that is installed and built.
 *
 * @param {NodeJS.ProcessEnv} env with pnpm on PATH
 * @returns {Promise<boolean>} whether everything passed
 */
export async function check(env) {
  const exec = (...args) => must("pnpm", ["exec", ...args], { env });
  const folder = mkdtempSync(join(tmpdir(), "wav2vec-pack-"));
  const counted = { passed: 0, failed: 0, skipped: 0 };
  let tarballs = [];
  const tests = (options) => async () => {
    const { output, ...counts } = await vitest(env, options);
    for (const line of new Set(output.match(/^skipped: .*$/gm))) console.log(line);
    for (const [kind, count] of Object.entries(counts)) counted[kind] += count;
    if (counts.failed > 0) throw new Error(output);
  };
  const inNode = { tests: tests() };
  const inChromium = {
    "tests in Chromium: ONNX Runtime, files, workers": tests({
      args: ["--config", "vitest.browser.config.ts"],
    }),
    "tests in Chromium: TensorFlow.js": tests({
      cwd: join(root, "packages", "backend-tfjs"),
      args: ["--config", "vitest.browser.config.ts"],
    }),
    // Its faults take two minutes more: `pnpm --filter @wav2vec/playground test` runs them too.
    "tests in Chromium: the page, teaching in it": tests({
      cwd: join(root, "apps", "playground"),
      args: ["page", "teach"],
    }),
  };
  const others = {
    prettier: () => exec("prettier", "--check", "--log-level", "warn", "."),
    eslint: () => exec("eslint", "."),
    types: async () => {
      await exec("tsc", "-p", "tsconfig.json");
      await exec("tsc", "-p", "apps/playground/tsconfig.json");
    },
    pack: async () => void (tarballs = await pack(folder, env)),
    "publint and attw": () => lintTarballs(tarballs, env),
    "bundle size": () => must("node", ["tools/workspace/bundle-size.mjs"], { env }),
    knip: () => exec("knip", "--no-progress"),
    "install elsewhere": () => installElsewhere(tarballs, folder),
    examples: () => checkExamples(tarballs, folder).then((missing) => missing && console.log(missing)),
  };
  // The tests beside the rest, which waits for disk and network much of the time; a browser has the machine to itself.
  const failed = (await Promise.all([inNode, others].map(inOrder))).flat();
  failed.push(...(await inOrder(inChromium)));
  rmSync(folder, { recursive: true, force: true });
  console.log(failed.length > 0 ? `\nfailed: ${failed.join(", ")}\n` : "\nall checks passed\n");
  const skipped = counted.skipped > 0 ? `, ${counted.skipped} skipped` : "";
  console.log(`${counted.passed} passed, ${counted.failed} failed${skipped}`);
  return failed.length === 0;
}

/** Runs steps one after the other. @returns the names of those that failed */
async function inOrder(steps) {
  const failed = [];
  for (const [name, work] of Object.entries(steps)) if (!(await step(name, work))) failed.push(name);
  return failed;
}

const isMain = import.meta.url === pathToFileURL(process.argv[1] ?? "").href;
if (isMain) process.exitCode = (await check(await environment())) ? 0 : 1;
