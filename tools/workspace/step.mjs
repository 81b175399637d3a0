// Runs a command as one named step: a line when it is done, and everything it printed when it failed.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root, where every step runs unless told otherwise. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs `command` and waits for its end.
 *
 * @param {string} command a program on PATH
 * @param {string[]} args its arguments, passed without a shell
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 *   `quiet` (default true) collects the output instead of showing it
 * @returns {Promise<{ code: number, stdout: string, output: string }>} exit code (127 when it cannot start), and what
 *   was collected: standard output alone, and together with standard error
 */
export function execute(command, args, { cwd = root, env = process.env, quiet = true } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    let stdout = "";
    let output = "";
    child.stdout?.on("data", (chunk) => ((stdout += chunk), (output += chunk)));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 127, stdout, output: `${command}: ${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/**
 * Runs `work` under a name and prints `name … seconds`; a failure is printed in full and reported, not thrown.
 *
 * @param {string} name what the reader sees
 * @param {() => Promise<void>} work throws to fail; the message is printed
 * @returns {Promise<boolean>} whether it succeeded
 */
export async function step(name, work) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    await work();
    console.log(`${name}: ok, ${seconds()}`);
    return true;
  } catch (error) {
    console.log(`${name}: FAILED, ${seconds()}\n${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}

/**
 * `execute` that throws what the command printed when its exit code is not 0.
 *
 * @returns {Promise<string>} its standard output
 * @throws Error with the command line, its exit code and its output
 */
export async function must(command, args, options) {
  const { code, stdout, output } = await execute(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")}: exit code ${code}\n${output}`);
  return stdout;
}
