// Runs vitest and counts what passed, failed and was skipped from its own JSON report.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, root } from "./step.mjs";

/**
 * @param {NodeJS.ProcessEnv} env with pnpm on PATH
 * @param {{ cwd?: string, args?: string[] }} [options] folder whose configuration counts, and more arguments for vitest
 * @returns {Promise<{ passed: number, failed: number, skipped: number, output: string }>} `failed` counts failing
 *   tests and files that could not be loaded at all; `output` is vitest's own report
 */
export async function vitest(env, { cwd = root, args = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "wav2vec-vitest-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code, output } = await execute("pnpm", ["exec", "vitest", "run", ...args, ...reporters], {
    env,
    cwd,
  });
  try {
    const counts = countTests(readReport(report, output));
    // Vitest also fails for errors outside of tests, such as an unhandled rejection: that is never a pass.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return { ...counts, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path, output) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new Error(`vitest: no report; expected one at ${path}; it printed\n${output}`);
  }
}

/** Counts a report of vitest's `json` reporter. */
function countTests({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const unloaded = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}
