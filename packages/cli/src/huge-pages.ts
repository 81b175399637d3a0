// Huge pages for the tensors: ONNX Runtime touches gigabytes, and on Linux a page of 2 MB instead of 4 kB saves the
// processor most of its page faults and address lookups. glibc asks the kernel for them only if told so before the
// process starts, so the command starts itself again, once.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";

const TUNABLE = "glibc.malloc.hugetlb";
/** Set for the second process: the first one's id. */
const PARENT = "WAV2VEC_STARTED_BY";
const SETTING = "/sys/kernel/mm/transparent_hugepage/enabled";

/**
 * Runs the present command line in a process with huge pages, if the system has them on request and nobody decided
 * about them: GLIBC_TUNABLES with `glibc.malloc.hugetlb` leaves everything as it is.
 *
 * @returns its exit code; undefined if this process shall do the work itself
 * @see https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
export function runWithHugePages(): Promise<number> | undefined {
  if (process.env[PARENT] === String(process.ppid)) {
    delete process.env["WAV2VEC_STARTED_BY"]; // PARENT
    process.once("disconnect", () => process.exit(1)); // the first process was killed
    process.channel?.unref(); // but work that is done ends this one
  }
  if (process.execArgv.some((flag) => flag.startsWith("--inspect"))) return undefined; // debuggers follow one process
  const tunables = tunablesWithHugePages(process.env["GLIBC_TUNABLES"], systemSetting());
  return tunables === undefined ? undefined : runAgain({ GLIBC_TUNABLES: tunables });
}

/** GLIBC_TUNABLES with huge pages; undefined if they are decided on, always there, or not to be had. */
export function tunablesWithHugePages(tunables = "", setting: string | undefined): string | undefined {
  if (!setting?.includes("[madvise]") || tunables.includes(TUNABLE)) return undefined;
  return [...(tunables === "" ? [] : [tunables]), `${TUNABLE}=1`].join(":");
}

function systemSetting(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return readFileSync(SETTING, "utf8");
  } catch {
    return undefined; // a kernel or a container without them
  }
}

/** Runs the present command line again with more in the environment. @returns its exit code, as a shell counts */
export function runAgain(environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, ...environment, [PARENT]: String(process.pid) },
    stdio: ["inherit", "inherit", "inherit", "ipc"], // the channel tells the child when this process is gone
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const ignore = () => undefined; // a terminal interrupts both
  process.on("SIGTERM", forward).on("SIGHUP", forward).on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("SIGTERM", forward).off("SIGHUP", forward).off("SIGINT", ignore);
      resolve(code ?? 128 + constants.signals[signal!]); // one of the two is set
    });
  });
}
