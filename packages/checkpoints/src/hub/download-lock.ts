// One writer for each blob, across processes: a lock file that its owner keeps fresh and others wait for.
import { open, rename, stat, utimes } from "node:fs/promises";
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
    await (await open(path, "wx")).close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead owner's lock away first, so that of several waiters only one removes it. */
async function discardStale(path: string): Promise<void> {
  const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0); // prettier-ignore
  if (age < STALE_MS) return;
  const aside = `${path}.${process.pid}.stale`;
  await rename(path, aside).then(() => remove(aside), () => {}); // prettier-ignore
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {}); // removed meanwhile
}
