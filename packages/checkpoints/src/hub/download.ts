// Brings one file of the Hub into the cache: resumes by Range, checks size and sha256, appears whole or not at all.
import type { Hash } from "node:crypto";
import { HubError } from "../errors.js";
import { node } from "../files/node-modules.js";
import { isFile, remove } from "./cache-folder.js";
import { withDownloadLock } from "./download-lock.js";
import type { HubFile } from "./repository.js";
import { hubError, request, sleep } from "./requests.js";
import type { HubSettings } from "./settings.js";

/** Breaks in a row without a single new byte before giving up. */
const FRUITLESS_ATTEMPTS = 5;
const PAUSE_MS = 250;

/** What to fetch and where to put it. */
export interface Download {
  readonly url: string;
  /** Name for progress and errors. */
  readonly name: string;
  readonly file: HubFile;
  /** Path of the finished blob; `.incomplete` is added while it grows, as Python's library does. */
  readonly blob: string;
}

/**
 * Downloads unless the blob is there; processes that want the same blob take turns.
 *
 * @throws HubError if the Hub refuses, the connection keeps breaking, or the content is not what was promised
 */
export async function download(task: Download, settings: HubSettings): Promise<void> {
  if (await isFile(task.blob)) return;
  await node.fs().mkdir(node.path().dirname(task.blob), { recursive: true });
  await withDownloadLock(`${task.blob}.lock`, settings.signal, async () => {
    if (await isFile(task.blob)) return;
    const incomplete = `${task.blob}.incomplete`;
    const isResumed = (await sizeOf(incomplete)) > 0;
    await fetchWhole(task, incomplete, settings);
    if (!(await isSound(task, incomplete)) && isResumed) await fetchWhole(task, incomplete, settings); // the old part was bad
    if (!(await isFile(incomplete)))
      throw new HubError(
        `${task.name}: the downloaded bytes do not have the sha256 ${task.file.etag} that the Hub announced; try again, or check a proxy in between`,
        task.url,
        200,
        undefined,
      );
    await node.fs().rename(incomplete, task.blob);
  });
}

/** Appends until the file is whole, over as many connections as it takes. */
async function fetchWhole(task: Download, incomplete: string, settings: HubSettings): Promise<void> {
  for (let fruitless = 0; ;) {
    const before = await sizeOf(incomplete);
    const outcome = await append(task, incomplete, before, settings);
    const after = await sizeOf(incomplete);
    if (outcome === "whole" && after === (task.file.size ?? after)) return;
    if (after > (task.file.size ?? Infinity)) {
      await remove(incomplete);
      throw new HubError(
        `${task.name}: the server sent ${after} bytes, the Hub announced ${task.file.size}; try again, or check a proxy in between`,
        task.url,
        200,
        undefined,
      );
    }
    fruitless = after > before ? 0 : fruitless + 1;
    if (fruitless === FRUITLESS_ATTEMPTS)
      throw new HubError(
        `${task.name}: the connection broke at byte ${after} of ${task.file.size ?? "an unknown number"}, ${fruitless} times in a row; run it again to resume`,
        task.url,
        0,
        undefined,
      );
    await sleep(PAUSE_MS * 2 ** fruitless, settings.signal);
  }
}

/** One connection. The storage behind the redirect may ignore Range: then the file starts again. */
async function append(
  task: Download,
  incomplete: string,
  start: number,
  settings: HubSettings,
): Promise<"whole" | "broken"> {
  if (start > 0 && start === task.file.size) return "whole";
  const response = await request(task.url, settings, {
    headers: { "Accept-Encoding": "identity", ...(start > 0 && { Range: `bytes=${start}-` }) },
  });
  if (response.status === 416) {
    await response.body?.cancel();
    await node.fs().truncate(incomplete, 0);
    return "broken";
  }
  if (!response.ok || !response.body) throw hubError(response, task.name, settings);
  const isAppending =
    response.status === 206 && response.headers.get("Content-Range")?.startsWith(`bytes ${start}-`) === true;
  const file = await node.fs().open(incomplete, isAppending ? "a" : "w");
  let loaded = isAppending ? start : 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      await file.writeFile(chunk);
      loaded += chunk.length;
      settings.onProgress({ file: task.name, loaded, total: task.file.size });
    }
    await file.sync();
    return "whole";
  } catch {
    settings.signal?.throwIfAborted();
    return "broken";
  } finally {
    await file.close();
  }
}

/** Large files are named by their sha256. A file that is not what its name says is removed. */
async function isSound(task: Download, path: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(task.file.etag)) return true;
  const hash: Hash = node.crypto().createHash("sha256");
  for await (const chunk of node.streams().createReadStream(path, { highWaterMark: 2 ** 20 }))
    hash.update(chunk as Uint8Array);
  if (hash.digest("hex") === task.file.etag) return true;
  await remove(path);
  return false;
}

async function sizeOf(path: string): Promise<number> {
  return node.fs().stat(path).then(({ size }) => size, () => 0); // prettier-ignore
}
