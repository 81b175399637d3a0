// The second process of the command: what it is told, what it tells, and that it never outlives the first.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tunablesWithHugePages } from "./huge-pages.js";

describe("tunablesWithHugePages", () => {
  const onRequest = "always [madvise] never\n";

  it("asks for them where the system has them on request", () => {
    expect(tunablesWithHugePages(undefined, onRequest)).toBe("glibc.malloc.hugetlb=1");
    expect(tunablesWithHugePages("glibc.malloc.check=1", onRequest)).toBe(
      "glibc.malloc.check=1:glibc.malloc.hugetlb=1",
    );
  });

  it("changes nothing where they are always there, never, unknown, or decided on", () => {
    expect(tunablesWithHugePages(undefined, "[always] madvise never\n")).toBeUndefined();
    expect(tunablesWithHugePages(undefined, "always madvise [never]\n")).toBeUndefined();
    expect(tunablesWithHugePages(undefined, undefined)).toBeUndefined();
    expect(tunablesWithHugePages("glibc.malloc.hugetlb=0", onRequest)).toBeUndefined();
  });
});

describe.skipIf(process.platform === "win32")("a command line that runs again", () => {
  const module = JSON.stringify(fileURLToPath(new URL("huge-pages.ts", import.meta.url)));
  /** Starts a process that runs itself again; the second one runs `body`. */
  const start = (body: string): ChildProcess =>
    spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", `
        const { runAgain, runWithHugePages } = await import(${module});
        if (process.env.MARK) { runWithHugePages(); ${body} }
        else process.exitCode = await runAgain({ MARK: "1", GLIBC_TUNABLES: "glibc.malloc.hugetlb=0" });
      `], // prettier-ignore
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, MARK: "" } },
    );
  const firstLine = async (child: ChildProcess) => String((await once(child.stdout!, "data"))[0]).trim(); // a pipe
  const running = (id: number) => {
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  };

  it("gives the second process's output and exit code, and no trace of the first in its environment", async () => {
    const child = start("console.log(process.env.WAV2VEC_STARTED_BY ?? 'none'); process.exitCode = 3;");
    const exit = once(child, "exit");
    expect(await firstLine(child)).toBe("none");
    expect(await exit).toEqual([3, null]);
  });

  it("passes a request to end on", async () => {
    const child = start("process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log(process.pid);"); // prettier-ignore
    await firstLine(child);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([5, null]);
  });

  it("ends when the first is killed", async () => {
    const child = start("setInterval(() => {}, 1000); console.log(process.pid);");
    const id = Number(await firstLine(child));
    expect(running(id)).toBe(true);
    child.kill("SIGKILL");
    await expect.poll(() => running(id), { timeout: 20_000 }).toBe(false);
  });
});
