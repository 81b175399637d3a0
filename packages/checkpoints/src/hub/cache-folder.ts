// The folder that Python's huggingface_hub keeps for a repository, read and written the same way:
// models--org--name/{blobs/ETAG, refs/REVISION, snapshots/COMMIT/FILE → ../../blobs/ETAG}.
// https://huggingface.co/docs/huggingface_hub/guides/manage-cache
import { HubError } from "../errors.js";
import { node } from "../files/node-modules.js";

/** One repository's part of the cache. */
export interface CacheFolder {
  readonly root: string;
  /** Where a file's content lies or will lie. */
  blob(etag: string): string;
  /** Where readers find a file of a commit. */
  snapshot(commit: string, file: string): string;
  /** Commit that a branch or tag had when it was last asked for. */
  readRef(revision: string): Promise<string | undefined>;
  writeRef(revision: string, commit: string): Promise<void>;
  /** Files of a commit that are here; none if the commit is unknown. */
  list(commit: string): Promise<string[]>;
  /** Makes a blob visible under its name, by a symbolic link or, where there are none, a copy. */
  publish(commit: string, file: string, etag: string): Promise<string>;
}

/** The cache of repository `id` below `cacheDir`. Nothing is created yet. */
export function cacheFolder(cacheDir: string, id: string): CacheFolder {
  const root = node.path().join(cacheDir, `models--${id.split("/").join("--")}`);
  const blob = (etag: string) => node.path().join(root, "blobs", safeName(id, etag));
  const snapshot = (commit: string, file: string) =>
    node.path().join(root, "snapshots", safeName(id, commit), safePath(id, file));
  const ref = (revision: string) => node.path().join(root, "refs", safePath(id, revision));
  return {
    root,
    blob,
    snapshot,
    readRef: async (revision) =>
      (
        await node
          .fs()
          .readFile(ref(revision), "utf8")
          .catch(() => undefined)
      )?.trim(),
    writeRef: (revision, commit) => writeWhole(ref(revision), commit),
    list: async (commit) =>
      (
        await node
          .fs()
          .readdir(node.path().join(root, "snapshots", safeName(id, commit)))
          .catch(() => [])
      ).sort(),
    publish: async (commit, file, etag) => {
      const path = snapshot(commit, file);
      await node.fs().mkdir(node.path().dirname(path), { recursive: true });
      await pointTo(blob(etag), path);
      return path;
    },
  };
}

/** Replaces `path` by a link to `target` in one step, so that readers see the old file or the new one. */
async function pointTo(target: string, path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await node.fs().symlink(node.path().relative(node.path().dirname(path), target), temporary);
  } catch {
    await node
      .fs()
      .link(target, temporary)
      .catch(() => node.fs().copyFile(target, temporary)); // Windows without the right to link
  }
  await node.fs().rename(temporary, path);
}

async function writeWhole(path: string, text: string): Promise<void> {
  await node.fs().mkdir(node.path().dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await node.fs().writeFile(temporary, text);
  await node.fs().rename(temporary, path);
}

/** True if the path leads to a file; false for a dangling link. */
export async function isFile(path: string): Promise<boolean> {
  return node.fs().stat(path).then((found) => found.isFile(), () => false); // prettier-ignore
}

/** Removes a file that may not exist. */
export async function remove(path: string): Promise<void> {
  await node.fs().rm(path, { force: true });
}

/** Names come from the network: they must stay inside the folder. */
function safeName(id: string, name: string): string {
  if (!/^[\w.+=-]{1,200}$/.test(name) || /^\.+$/.test(name))
    throw new HubError(
      `${id}: the Hub sent the name ${JSON.stringify(name.slice(0, 200))}; refused, since it may leave the cache folder`,
      id,
      0,
      undefined,
    );
  return name;
}

function safePath(id: string, path: string): string {
  return node.path().join(...path.split("/").map((part) => safeName(id, part)));
}
