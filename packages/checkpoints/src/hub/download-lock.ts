// One writer for each blob, across processes: a lock file that its owner keeps fresh and others wait for.
import { node } from "../files/node-modules.js";
import { remove } from "./cache-folder.js";
import { sleep } from "./requests.js";

const HEARTBEAT_MS = 2_000;
/** An owner silent for so long is dead. */
const STALE_MS = 20_000;
const POLL_MS = 100;

/**
 * Runs `work` while holding the lock at `path`.
 *
 * @param signal stops the waiting; `work` looks at it itself
 */
export async function withDownloadLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  while (!(await acquire(path))) {
    await discardStale(path);
    await sleep(POLL_MS, signal);
  }
  const heartbeat = setInterval(() => void touch(path), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await remove(path);
  }
}

/** Creates the lock file, unless it exists. */
async function acquire(path: string): Promise<boolean> {
  try {
    const file = await node.fs().open(path, "wx");
    await file.writeFile(`${process.pid} ${node.os().hostname()}`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead owner's lock away first, so that of several waiters only one removes it. */
async function discardStale(path: string): Promise<void> {
  const age = await node.fs().stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0); // prettier-ignore
  if (age < STALE_MS && !(await isOwnerDead(path))) return;
  const aside = `${path}.${process.pid}.stale`;
  await node.fs().rename(path, aside).then(() => remove(aside), () => {}); // prettier-ignore
}

/** Known at once for a process of this machine, e.g. one that was interrupted. */
async function isOwnerDead(path: string): Promise<boolean> {
  const [pid, host] = (
    await node
      .fs()
      .readFile(path, "utf8")
      .catch(() => "")
  ).split(" ");
  if (!pid || host !== node.os().hostname()) return false;
  try {
    process.kill(Number(pid), 0); // signal 0 only asks whether the process exists
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await node
    .fs()
    .utimes(path, now, now)
    .catch(() => {}); // removed meanwhile
}
