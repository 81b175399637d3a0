// The parent's half of the protocol: starts a contender, asks it, and reads its peak memory.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** A running contender; `stop` ends its process. */
export interface ContenderProcess<Request, Reply> {
  ask(request: Request): Promise<Reply>;
  /** Peak resident memory so far, in MB (10^6 bytes), mapped files included; undefined outside Linux. */
  peakMegabytes(): number | undefined;
  stop(): Promise<void>;
}

/** @throws Error from `ask` when the process ends before it answers */
export function startContender<Request, Reply>(
  name: string,
  [command, ...args]: readonly [string, ...string[]],
): ContenderProcess<Request, Reply> {
  const child = spawn(command, args, { stdio: ["pipe", "ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => {
    child.on("error", (error) => ((complaint += error.message), resolve()));
    child.on("close", () => resolve());
  });
  const replies = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator](); // fd 3 is a pipe
  return {
    async ask(request) {
      child.stdin?.write(`${JSON.stringify(request)}\n`);
      const next = await Promise.race([replies.next(), ended.then(() => ({ done: true, value: "" }))]);
      if (next.done) {
        await ended; // with all that it printed
        throw new Error(`${name}: the process ended without an answer; it printed\n${complaint}`);
      }
      return JSON.parse(next.value) as Reply; // the protocol's other half wrote it
    },
    peakMegabytes() {
      if (process.platform !== "linux") return undefined;
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
    },
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}
